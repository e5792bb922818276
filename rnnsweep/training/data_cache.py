"""The data of trials as kernels take them, made once and shared by the trials that use them."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from threading import Lock
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from rnnsweep.errors import SweepError
from rnnsweep.kernels.block import Sequences
from rnnsweep.network.buffers import gather_sequences
from rnnsweep.network.checks import as_whole
from rnnsweep.network.layout import Sizes
from rnnsweep.sweepfile import Config
from rnnsweep.tasks import GeneratedTask, Part, Parts, Task
from rnnsweep.tasks.parts import joined

# Trials that share a seed share their data; the axes before the seed repeat all seeds.
KEPT_BYTES = 512 * 2**20
_NOTHING = np.empty(0)


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True)
class Data:
    """A task's three parts as kernels take them, and its trivial predictors."""

    train: Sequences
    val: Sequences
    test: Sequences
    baselines: dict[str, float]  # on the validation part, the best first
    test_baseline: float | None  # of the first of these on the test part
    val_part: Part | None  # as the task made it, where it scores the outputs
    test_part: Part | None
    mean_length: float  # of the training sequences, in time steps
    nbytes: int  # of the arrays


class _Form(NamedTuple):
    """What of a trial's settings decides the form of its data."""

    output: str
    loss: str
    huber_delta: float
    dtype: str


_Key = tuple[Task, int, _Form]


class SharedData:
    """Data sets, each made once for all trials that use it at the same time or soon after.

    What a trial holds is there for every other trial, however large it is. Beyond that, the data
    sets that were used last stay for trials to come. A thread that asks for what another one is
    making waits for it.

    Parameters
    ----------
    kept_bytes : int, optional
        Bytes of the data sets that stay.

    Raises
    ------
    SweepError
        If the number is none of bytes.
    """

    def __init__(self, kept_bytes: int | None = None) -> None:
        count = KEPT_BYTES if kept_bytes is None else as_whole(kept_bytes)
        if count is None or count < 0:
            raise SweepError(
                f"data_memory is {kept_bytes!r}; allowed: a whole number of bytes, 0 keeps only "
                "data in use"
            )
        self._kept_bytes = count
        self._kept: OrderedDict[_Key, Data] = OrderedDict()  # what was used last at the end
        self._n_bytes = 0
        self._in_use: WeakValueDictionary[_Key, Data] = WeakValueDictionary()
        self._making: dict[_Key, Lock] = {}
        self._lock = Lock()

    def of(self, config: Config) -> Data:
        """Return the data of a trial."""
        key = (config.task, config.seed if config.task.seeded else 0, _form(config))
        with self._lock:
            if (data := self._found(key)) is not None:
                return data
            making = self._making.setdefault(key, Lock())
        with making:
            with self._lock:
                if (data := self._found(key)) is not None:
                    return data
            made = _make(*key)
            with self._lock:
                self._in_use[key] = made
                self._keep(key, made)
                self._making.pop(key, None)
        return made

    def _found(self, key: _Key) -> Data | None:
        data = self._in_use.get(key)
        if data is not None:
            self._keep(key, data)
        return data

    def _keep(self, key: _Key, data: Data) -> None:
        """Let this one stay, and those go that were not used for longest."""
        if data.nbytes > self._kept_bytes:
            return
        if key not in self._kept:
            self._kept[key] = data
            self._n_bytes += data.nbytes
        self._kept.move_to_end(key)
        while self._n_bytes > self._kept_bytes:
            self._n_bytes -= self._kept.popitem(last=False)[1].nbytes


def train_part_of(config: Config, epoch: int) -> Sequences:
    """Return the training sequences of one epoch, of a task that draws them anew."""
    task, form = config.task, _form(config)
    assert isinstance(task, GeneratedTask)  # the others have nothing to draw
    n = task.shape(form.output).n_train
    return _take(task.train_chunks(config.seed, form.output, epoch), n, task, form)[0]


def _form(config: Config) -> _Form:
    train = config.train
    return _Form(config.model.output, train.loss, train.huber_delta, train.dtype)


def _make(task: Task, seed: int, form: _Form) -> Data:
    shape = task.shape(form.output)
    train_chunks, val_chunks, test_chunks = task.chunks(seed, form.output)
    train, train_part = _take(train_chunks, shape.n_train, task, form)
    val, val_part = _take(val_chunks, shape.n_val, task, form)
    test, test_part = _take(test_chunks, shape.n_test, task, form)
    made = Parts(train_part, val_part, test_part)
    predictors = task.predictor_losses(made, form.loss, form.huber_delta)
    return Data(
        train,
        val,
        test,
        {found.name: found.val for found in predictors},
        predictors[0].test if predictors else None,
        val_part if task.scores else None,
        test_part if task.scores else None,
        float(train.lengths.mean()),
        sum(array.nbytes for part in (train, val, test) for array in part),
    )


def _take(blocks: Iterable[Part], n: int, task: Task, form: _Form) -> tuple[Sequences, Part]:
    """Return a part as kernels take it, and as the task made it.

    Of that, x alone is a view of what kernels take: there is no second copy of the inputs, while
    predictors and scores have the targets as they were made.
    """
    rest: list[Part] = []

    def inputs_first() -> Iterator[tuple[NDArray[Any], NDArray[Any], NDArray[np.int64] | None]]:
        for block in blocks:
            rest.append(block._replace(x=_NOTHING))
            yield block.x, block.y, block.lengths

    shape = task.shape(form.output)
    sizes = Sizes(shape.input_size, 1, shape.output_size)
    n_out = shape.seq_len if form.output == "every" else 1
    made = gather_sequences(inputs_first(), n, np.dtype(form.dtype), sizes, n_out)
    x = made.tokens if task.has_symbols else made.x[:, :, :-1]
    return made, joined(rest)._replace(x=x)
