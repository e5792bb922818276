"""The data of trials in the form that kernels take, made once for all trials that share them."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock
from typing import NamedTuple
from weakref import WeakValueDictionary

import numpy as np

from rnnsweep.errors import SweepError
from rnnsweep.kernels.block import Sequences
from rnnsweep.network.buffers import SequencesBuilder
from rnnsweep.network.layout import Sizes
from rnnsweep.sweepfile import Config
from rnnsweep.tasks import DataError, GeneratedTask, Part, Parts, Task
from rnnsweep.tasks.parts import joined
from rnnsweep.time_limit import check as check_time
from rnnsweep.time_limit import taken
from rnnsweep.whole_numbers import whole

from .workload import KEPT_DATA_BYTES

_NO_INPUTS = np.empty(0)


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True)
class TrialData:
    """What a trial trains on and is measured on.

    Attributes
    ----------
    train, val, test : Sequences
        The three parts in the form that kernels take.
    baselines : dict of float
        Validation loss of each trivial predictor, the best predictor first.
    test_baseline : float or None
        Test loss of the first of these predictors.
    val_part, test_part : Part or None
        The parts as the task made them, where the task scores outputs itself.
    mean_length : float
        Mean number of time steps of a training sequence.
    nbytes : int
        Bytes of the arrays of `train`, `val` and `test`.
    """

    train: Sequences
    val: Sequences
    test: Sequences
    baselines: dict[str, float]
    test_baseline: float | None
    val_part: Part | None
    test_part: Part | None
    mean_length: float
    nbytes: int


class _Form(NamedTuple):
    """The settings, other than the task and the seed, that decide what the arrays are."""

    output: str
    loss: str
    huber_delta: float
    dtype: str


DataKey = tuple[Task, int, _Form]


def data_key(config: Config) -> DataKey:
    """Return what decides the data of a trial: trials with equal keys have the same."""
    return config.task, config.seed_data if config.task.seeded else 0, _form(config)


class DataCache:
    """Data sets, each made once for all trials that use it at the same time or soon after.

    A data set that a trial is training on is shared with every other trial, however large it is.
    In addition, those that were used last are kept for later trials, up to a number of bytes. A
    thread that asks for a data set which another thread is making waits for it.

    Parameters
    ----------
    kept_bytes : int, optional
        Bytes of the data sets that are kept; `KEPT_DATA_BYTES` if left out.

    Raises
    ------
    SweepError
        If `kept_bytes` is not a whole number of at least 0.
    """

    def __init__(self, kept_bytes: int | None = None) -> None:
        limit = KEPT_DATA_BYTES if kept_bytes is None else kept_bytes
        self._kept_bytes = whole("data_memory", limit, 0, SweepError, "bytes")
        self._kept: OrderedDict[DataKey, TrialData] = OrderedDict()  # the last used at the end
        self._n_bytes = 0
        self._in_use: WeakValueDictionary[DataKey, TrialData] = WeakValueDictionary()
        self._making: dict[DataKey, Lock] = {}
        self._lock = Lock()

    def of(self, config: Config) -> TrialData:
        """Return the data of a trial with these settings."""
        key = data_key(config)
        with self._lock:
            if (data := self._look_up(key)) is not None:
                return data
            making = self._making.setdefault(key, Lock())
        with taken(making):
            with self._lock:
                if (data := self._look_up(key)) is not None:
                    return data
            data = _make(*key)
            with self._lock:
                self._in_use[key] = data
                self._keep(key, data)
                self._making.pop(key, None)
        return data

    def drop_kept(self) -> None:
        """Keep no data set any longer but those in use: memory is short."""
        with self._lock:
            self._kept.clear()
            self._n_bytes = 0

    def _look_up(self, key: DataKey) -> TrialData | None:
        data = self._in_use.get(key)
        if data is not None:
            self._keep(key, data)
        return data

    def _keep(self, key: DataKey, data: TrialData) -> None:
        """Keep this data set as the last used, and drop those unused for longest."""
        if data.nbytes > self._kept_bytes:
            return
        if key not in self._kept:
            self._kept[key] = data
            self._n_bytes += data.nbytes
        self._kept.move_to_end(key)
        while self._n_bytes > self._kept_bytes:
            self._n_bytes -= self._kept.popitem(last=False)[1].nbytes


def train_part_of(config: Config, epoch: int) -> Sequences:
    """Return the training sequences of one epoch, for a task that draws them anew each epoch."""
    task, form = config.task, _form(config)
    assert isinstance(task, GeneratedTask)  # no other task draws anything
    n = task.shape(form.output).n_train
    return _gather(task.train_chunks(config.seed_data, form.output, epoch), n, task, form)[0]


def _form(config: Config) -> _Form:
    train = config.train
    return _Form(config.model.output, train.loss, train.huber_delta, train.dtype)


def _make(task: Task, seed: int, form: _Form) -> TrialData:
    shape = task.shape(form.output)
    train_chunks, val_chunks, test_chunks = task.chunks(seed, form.output)
    train, train_part = _gather(train_chunks, shape.n_train, task, form)
    val, val_part = _gather(val_chunks, shape.n_val, task, form)
    test, test_part = _gather(test_chunks, shape.n_test, task, form)
    if form.loss == "bce":
        _check_probabilities(train_part, val_part, test_part)
    predictors = task.predictor_losses(
        Parts(train_part, val_part, test_part), form.loss, form.huber_delta
    )
    return TrialData(
        train,
        val,
        test,
        {predictor.name: predictor.val for predictor in predictors},
        predictors[0].test if predictors else None,
        val_part if task.scores else None,
        test_part if task.scores else None,
        float(train.lengths.mean()),
        sum(array.nbytes for sequences in (train, val, test) for array in sequences),
    )


def _check_probabilities(*parts: Part) -> None:
    """Check the targets of "bce", of which a function of the user's has shown only a few."""
    low, high = min(part.y.min() for part in parts), max(part.y.max() for part in parts)
    if low < 0 or high > 1:
        raise DataError(
            f'the loss "bce" needs targets from 0 to 1, and those of this seed reach from {low:g} '
            f"to {high:g}"
        )


def _gather(chunks: Iterable[Part], n: int, task: Task, form: _Form) -> tuple[Sequences, Part]:
    """Return a part in the form that kernels take, and as the task made it.

    The inputs of the second are those of the first, so that there is no second copy of them.
    Predictors and scores get the targets as they were made, before they are rounded.

    Parameters
    ----------
    chunks : iterable of Part
        The sequences of the part, some after the others.
    n : int
        Sequences in all chunks.
    task : Task
    form : _Form

    Raises
    ------
    ValueError
        If the arrays have other sizes than the task announces, which NumPy might broadcast.
    """
    shape = task.shape(form.output)
    sizes = Sizes(shape.input_size, 1, shape.output_size)
    n_out = shape.seq_len if form.output == "every" else 1
    builder = SequencesBuilder(n, np.dtype(form.dtype), sizes, n_out)
    x_sizes = (shape.seq_len,) if task.has_symbols else (shape.seq_len, shape.input_size)
    steps = (shape.seq_len,) if form.output == "every" else ()
    y_sizes = steps if task.n_classes else (*steps, shape.output_size)
    without_inputs: list[Part] = []
    for chunk in chunks:
        check_time()
        for name, array, expected in (("x", chunk.x, x_sizes), ("y", chunk.y, y_sizes)):
            if array.shape[1:] != expected:
                raise ValueError(
                    f"{name} of the task {task.name} has the shape {array.shape}; announced for "
                    f"each sequence: {expected}"
                )
        builder.add(chunk.x, chunk.y, chunk.lengths, chunk.mask)
        without_inputs.append(chunk._replace(x=_NO_INPUTS))
    sequences = builder.sequences()
    inputs = sequences.tokens if task.has_symbols else sequences.x
    return sequences, joined(without_inputs)._replace(x=inputs)
