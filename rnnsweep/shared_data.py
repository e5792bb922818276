"""The data of trials as kernels take them, made once and shared by the trials that use them."""

from threading import Condition
from typing import NamedTuple

import numpy as np
from cachetools import LRUCache, cached

from .arrays import make_sequences
from .kernels.block import Sequences
from .params import Sizes
from .spec import Config
from .tasks import GeneratedTask, Part, Task

# Trials that share a seed share their data; the axes before the seed repeat all seeds.
_CACHE_BYTES = 256 * 2**20


class Data(NamedTuple):
    """A task's three parts as kernels take them, and its trivial predictors."""

    train: Sequences
    val: Sequences
    test: Sequences
    baselines: dict[str, float]
    val_part: Part | None  # as the task made it, where the task scores it


class _Form(NamedTuple):
    """What of a trial's settings decides the form of its data."""

    output: str
    loss: str
    huber_delta: float
    dtype: str


def data_of(config: Config) -> Data:
    """Return the data of a trial."""
    seed = config.seed if config.task.seeded else 0
    return _made(config.task, seed, _form(config))


def train_part_of(config: Config, epoch: int) -> Sequences:
    """Return the training sequences of one epoch, of a task that draws them anew."""
    task, form = config.task, _form(config)
    assert isinstance(task, GeneratedTask)  # the others have nothing to draw
    return _sequences(task.train_part(config.seed, form.output, epoch), task, form)


def _form(config: Config) -> _Form:
    train = config.train
    return _Form(config.model.output, train.loss, train.huber_delta, train.dtype)


def _sequences(part: Part, task: Task, form: _Form) -> Sequences:
    shape = task.shape(form.output)
    sizes = Sizes(shape.input_size, 1, shape.output_size)
    n_out = part.x.shape[1] if form.output == "every" else 1
    return make_sequences(part.x, part.y, np.dtype(form.dtype), sizes, n_out, part.lengths)


def _bytes(data: Data) -> int:
    return sum(array.nbytes for part in (data.train, data.val, data.test) for array in part)


# With a condition, threads that ask for what one of them is making wait for it.
@cached(LRUCache(_CACHE_BYTES, getsizeof=_bytes), condition=Condition())
def _made(task: Task, seed: int, form: _Form) -> Data:
    made = task.data(seed, form.output)
    train, val, test = (_sequences(part, task, form) for part in made)
    return Data(
        train,
        val,
        test,
        task.baselines(made, form.loss, form.huber_delta),
        made.val if task.scores else None,
    )
