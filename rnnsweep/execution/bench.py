"""How fast this machine trains: the time of a training step, and its share of the BLAS rate."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from math import ceil
from statistics import median
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_info, threadpool_limits

from rnnsweep.byte_sizes import bytes_text
from rnnsweep.errors import SweepError
from rnnsweep.kernels import linking, optimizers
from rnnsweep.kernels.block import Sequences
from rnnsweep.kernels.training import FINISHED, Rule
from rnnsweep.network.buffers import make_sequences
from rnnsweep.network.cost import training_bytes, update_flops
from rnnsweep.network.layout import Sizes, join, param_shapes, split
from rnnsweep.network.model import Model
from rnnsweep.network.plain_loops import runs_in_plain_loops
from rnnsweep.training.session import Session

from .compilation import Compilation, Needs
from .environment import environment
from .progress import Progress

DOT_SIDE = 1024
DOT_FLOPS = 2 * DOT_SIDE**3

# A turn is as long as the kernel calls that trials make. What has cooled down during the turn of
# another call (the caches, the clock of the vector units) takes half a millisecond to come back.
_TURN_S = 0.02
_ROW_S = 0.6
_MIN_ROUNDS = 5
# Steps of an epoch: as many as a data set of usual size gives, fewer where they are long.
_MIN_STEPS, _MAX_STEPS = 4, 64
_EPOCH_FLOPS = 1e9
_MAX_EPOCHS = 1000
_MAX_BYTES = 4 * 2**30
_LEARNING_RATE, _CLIP_NORM = 1e-4, 1.0
# Steps that are measured in addition to the usual ones: with gradients that vanish over so many
# time steps, and with units whose slopes are below the smallest normal number.
LONG_SEQ_LEN = 200
_STRESS_HIDDEN = 32
_STRESS_ROW_S = 0.4


class Shape(NamedTuple):
    """The sizes of a training step other than that of the hidden layer."""

    batch_size: int = 32
    seq_len: int = 32
    input_size: int = 2
    output_size: int = 1


class Speed(NamedTuple):
    """How fast one network trains on one thread.

    Attributes
    ----------
    cell : str
    hidden_size : int
    step_s : float
        Seconds of a training step: forward, backpropagation through time, clipped SGD.
    sequences_per_s : float
        Training sequences a second.
    dot_flops_per_s : float
        Floating-point operations a second of a 1024 x 1024 `np.dot`, timed in turns with the steps.
    share : float
        The step's matrix products (`cost.update_flops`) a second over `dot_flops_per_s`.
    """

    cell: str
    hidden_size: int
    step_s: float
    sequences_per_s: float
    dot_flops_per_s: float
    share: float


class Stress(NamedTuple):
    """How fast a network trains in which very small numbers occur.

    Attributes
    ----------
    cell : str
    case : str
        "long": the sequences have `LONG_SEQ_LEN` time steps, over which gradients vanish.
        "saturated": the slopes of the sigmoid units and gates are below the smallest normal number.
    hidden_size, seq_len : int
    step_s : float
        Seconds of a training step.
    times_healthy : float
        The time of a time step over that of a healthy network, timed in turns with it: one with
        sequences of the usual length, or without the bias that saturates the units.
    """

    cell: str
    case: str
    hidden_size: int
    seq_len: int
    step_s: float
    times_healthy: float


def measure(
    cells: Sequence[str],
    hidden_sizes: Sequence[int],
    dtype: str = "float32",
    shape: Shape = Shape(),  # noqa: B008 - it cannot be changed
    progress: Progress | None = None,
) -> list[Speed]:
    """Time training steps of each cell with each hidden size, in turns with `np.dot`.

    Parameters
    ----------
    cells, hidden_sizes, dtype
        As a sweep file names them.
    shape : Shape, optional
    progress : Progress, optional
        Shows what is being measured; nothing is shown if left out.

    Raises
    ------
    SweepError
        If a step would take too much memory; nothing was started.
    """
    progress = progress or Progress()
    networks = {
        cell: [Sizes(shape.input_size, hidden, shape.output_size, cell) for hidden in hidden_sizes]
        for cell in cells
    }
    for sizes in chain(*networks.values()):
        _check_memory(sizes, shape, np.dtype(dtype).itemsize)
    compilation = Compilation(progress.say)
    listed = ", ".join(map(str, hidden_sizes))
    speeds = []
    with threadpool_limits(1, user_api="blas"):
        for cell, of_cell in networks.items():
            for sizes in of_cell:  # small networks have other kernels
                compilation.prepare(_needs(sizes, dtype, shape))
            progress.say(f"measuring {cell} with {listed} hidden units")
            speeds += [_measure(sizes, dtype, shape) for sizes in of_cell]
    return speeds


def _measure(sizes: Sizes, dtype: str, shape: Shape) -> Speed:
    calls = {"step": steps_call(sizes, dtype, shape), "dot": dot_call(dtype)}
    seconds = take_turns(calls, _ROW_S, _MIN_ROUNDS)
    step_s, dot_rate = seconds["step"], DOT_FLOPS / seconds["dot"]
    return Speed(
        cell=sizes.record.name,
        hidden_size=sizes.hidden,
        step_s=step_s,
        sequences_per_s=shape.batch_size / step_s,
        dot_flops_per_s=dot_rate,
        share=_step_flops(sizes, shape) / step_s / dot_rate,
    )


def measure_stress(
    cells: Sequence[str],
    dtype: str = "float32",
    shape: Shape = Shape(),  # noqa: B008 - it cannot be changed
    progress: Progress | None = None,
) -> list[Stress]:
    """Time training steps in which numbers become very small, in turns with healthy steps.

    The arguments are those of `measure`. If a processor is slow on subnormal numbers and the
    kernels do not flush them to zero, these steps take up to 40 times as long.
    """
    progress = progress or Progress()
    compilation = Compilation(progress.say)
    rows: list[Stress] = []
    with threadpool_limits(1, user_api="blas"):
        for name in cells:
            sizes = Sizes(shape.input_size, _STRESS_HIDDEN, shape.output_size, name)
            needs = _needs(sizes, dtype, shape)
            for activation in ("tanh", "sigmoid"):
                cell = needs.cell.with_activation(activation)
                compilation.prepare(needs._replace(cell=cell))
            progress.say(f"measuring {name} with gradients that vanish")
            rows += _measure_stress(sizes, dtype, shape)
    return rows


def _measure_stress(sizes: Sizes, dtype: str, shape: Shape) -> Iterator[Stress]:
    """Yield the two cases of `Stress` for one network."""
    long_shape = shape._replace(seq_len=LONG_SEQ_LEN)
    saturating = float(1.05 * np.log(np.finfo(dtype).tiny))
    pairs = {
        "long": (
            long_shape.seq_len,
            steps_call(sizes, dtype, long_shape),
            steps_call(sizes, dtype, shape),
        ),
        "saturated": (
            shape.seq_len,
            steps_call(sizes, dtype, shape, activation="sigmoid", bias=saturating),
            steps_call(sizes, dtype, shape, activation="sigmoid"),
        ),
    }
    for case, (seq_len, stressed, healthy) in pairs.items():
        calls = {"stressed": stressed, "healthy": healthy}
        seconds = take_turns(calls, _STRESS_ROW_S, _MIN_ROUNDS)
        a_time_step = seconds["stressed"] / seq_len
        times = a_time_step / (seconds["healthy"] / shape.seq_len)
        yield Stress(sizes.record.name, case, sizes.hidden, seq_len, seconds["stressed"], times)


def take_turns(
    calls: Mapping[str, Callable[[], int]], for_s: float, min_rounds: int
) -> dict[str, float]:
    """Return the median seconds of one unit of work of each call.

    The calls take turns, so that a machine that slows down slows all of them down.

    Parameters
    ----------
    calls : mapping
        Each does some units of work and returns how many. It is called once before the clock
        starts.
    for_s : float
        After so many seconds no further round begins.
    min_rounds : int
        Rounds that are made even if they take longer.
    """
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()
    begin = time.perf_counter()
    n_rounds = 0
    while n_rounds < min_rounds or time.perf_counter() - begin < for_s:
        for name, call in calls.items():
            start = time.perf_counter()
            n_units = call()
            seconds[name].append((time.perf_counter() - start) / n_units)
        n_rounds += 1
    return {name: median(values) for name, values in seconds.items()}


def dot_call(dtype: str) -> Callable[[], int]:
    """Return a call of one 1024 x 1024 `np.dot`, on as many threads as BLAS has at that time."""
    a, b = np.random.default_rng(0).random((2, DOT_SIDE, DOT_SIDE)).astype(dtype)
    out = np.empty_like(a)

    def call() -> int:
        np.dot(a, b, out)
        return 1

    return call


def steps_call(
    sizes: Sizes, dtype: str, shape: Shape, *, activation: str = "tanh", bias: float = 0.0
) -> Callable[[], int]:
    """Return a call that trains for some whole epochs, as a trial does.

    `bias`, if it is not 0, is the initial bias of every unit and gate.
    """
    model = _model(sizes, dtype, activation)
    n_steps = _steps_per_epoch(sizes, shape)
    rng = np.random.default_rng(0)

    def sequences(n: int, length: int) -> Sequences:
        x = rng.random((n, shape.seq_len, sizes.input), np.float32)
        y = rng.random((n, sizes.output), np.float32)
        return make_sequences(x, y, model.dtype, sizes, 1, np.full(n, length))

    # Steps are timed, not what follows an epoch: validation looks at one time step.
    train, val = sequences(n_steps * shape.batch_size, shape.seq_len), sequences(1, 1)
    update = optimizers.address("sgd", dtype)
    rule = Rule(batch_size=shape.batch_size, update=update, clip_norm=_CLIP_NORM)
    objective = linking.objective_of("mse", dtype)
    rates = np.full(_MAX_EPOCHS, _LEARNING_RATE)
    session = Session(model, objective, rule, rates, train, val)
    if bias:
        biased = split(session.learner.params, sizes) | {
            "b_h": np.full(param_shapes(sizes)["b_h"], bias)
        }
        session.learner.params[:] = join(biased, sizes, model.dtype)
    stop = np.zeros(1, np.int64)

    def epochs(orders: NDArray[np.int64]) -> int:
        session.epoch = 0  # all epochs have the same learning rate
        end, rows = session.train(orders, stop)
        assert end == FINISHED
        return n_steps * len(rows)

    order = rng.permutation(len(train.lengths))[np.newaxis]
    epochs(order)  # fills the caches
    start = time.perf_counter()
    epochs(order)
    n_epochs = min(_MAX_EPOCHS, ceil(_TURN_S / (time.perf_counter() - start)))
    orders = rng.permuted(np.repeat(order, n_epochs, axis=0), axis=1)
    return lambda: epochs(orders)


def _model(sizes: Sizes, dtype: str, activation: str) -> Model:
    return Model(
        cell=sizes.record,
        activation=activation,
        input_size=sizes.input,
        hidden_size=sizes.hidden,
        output_size=sizes.output,
        dtype=dtype,
    )


def _needs(sizes: Sizes, dtype: str, shape: Shape) -> Needs:
    small = runs_in_plain_loops(sizes.record, sizes.layers, sizes.hidden, shape.batch_size)
    return Needs(sizes.record, dtype, small)


def _step_flops(sizes: Sizes, shape: Shape) -> float:
    return update_flops(sizes, shape.seq_len, shape.batch_size, 1)


def _steps_per_epoch(sizes: Sizes, shape: Shape) -> int:
    return min(_MAX_STEPS, max(_MIN_STEPS, int(_EPOCH_FLOPS / _step_flops(sizes, shape))))


def _check_memory(sizes: Sizes, shape: Shape, itemsize: int) -> None:
    batch, seq_len = shape.batch_size, shape.seq_len
    data = _steps_per_epoch(sizes, shape) * batch * seq_len * sizes.input
    needed = itemsize * data + training_bytes(sizes, seq_len, 1, batch, itemsize)
    if needed > _MAX_BYTES:
        raise SweepError(
            f"training {sizes.record.name} with {sizes.hidden} hidden units on {batch} sequences "
            f"of {seq_len} time steps at once takes {bytes_text(needed)}; "
            f"allowed: {bytes_text(_MAX_BYTES)}; take fewer, shorter or smaller ones"
        )


def machine() -> dict[str, Any]:
    """Return what decides the speeds: the CPU, versions, and the BLAS that `np.dot` calls."""
    libraries = [lib for lib in threadpool_info() if lib["user_api"] == "blas"]
    # NumPy and SciPy may bring a library each.
    libraries.sort(key=lambda lib: "numpy" not in lib["filepath"])
    blas: dict[str, Any] = libraries[0] if libraries else {}
    blas_words = (blas.get(name) for name in ("internal_api", "version", "architecture"))
    here = environment(jobs=1)
    return {
        **{name: here[name] for name in ("rnnsweep", "python", "cpu", "compiled_for")},
        "usable_cores": here["usable_cores"],
        "numpy": here["packages"]["numpy"],
        "numba": here["packages"]["numba"],
        "blas": " ".join(filter(None, blas_words)) or "unknown",
    }
