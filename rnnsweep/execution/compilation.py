"""Compilation of the kernels on this machine, when a trial first needs them.

Numba holds a lock while it compiles, so that threads would take turns. If nothing is compiled yet,
a second process compiles half of the kernels; both halves are read from the cache on disk.
"""

import hashlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager, suppress
from functools import partial
from threading import Event, Thread
from typing import NamedTuple

from rnnsweep.cells import Cell
from rnnsweep.cells.emit import source
from rnnsweep.interruption import Interruption, deferred
from rnnsweep.kernels import activations, draws, linking, optimizers
from rnnsweep.kernels.cache_directory import CACHE_DIR, CACHE_IS_KEPT
from rnnsweep.network.model import Model
from rnnsweep.network.plain_loops import runs_in_plain_loops
from rnnsweep.record import Recording
from rnnsweep.sweepfile import Config

from .environment import usable_cores
from .executors import THREAD_NAME

# The main thread waits for at most this long before it looks for signals.
_TICK_S = 0.02

# Metrics that run the network forward and back once more after an epoch.
_PROBING = {"grad_norms", "saturation", "dead_units", "gradient_flow"}


class Needs(NamedTuple):
    """What decides which kernels a training calls.

    Attributes
    ----------
    cell : Cell
        With its activation.
    dtype, output_activation, loss, optimizer : str
        Words of the sweep file.
    small : bool
        Whether `kernels.single` trains the network.
    gradient : str
        "notebook", or "bptt" for every other one.
    drops : bool
        Whether the training has dropout.
    recurrent : str
        The kind of constraint on the recurrent weights.
    predicts, probes : bool
        Whether the outputs themselves, or the metrics `_PROBING`, are needed.
    """

    cell: Cell
    dtype: str
    small: bool
    output_activation: str = "identity"
    loss: str = "mse"
    gradient: str = "bptt"
    optimizer: str = "sgd"
    drops: bool = False
    recurrent: str = "free"
    predicts: bool = False
    probes: bool = False

    @classmethod
    def of_trial(cls, config: Config, recording: Recording) -> "Needs":
        """Return what a trial with these settings and this recording needs."""
        model, train = config.model, config.train
        # Constants are arguments of the kernels.
        cell = config.cell.without_values()
        return cls(
            cell,
            train.dtype,
            runs_in_plain_loops(cell, model.num_layers, model.hidden_size, train.batch_size),
            model.output_activation,
            loss=train.loss,
            gradient="notebook" if train.gradient == "notebook" else "bptt",
            optimizer=train.optimizer,
            drops=train.dropout > 0,
            recurrent=model.recurrent,
            predicts=bool(config.task.scores),
            probes=not _PROBING.isdisjoint(recording.metrics),
        )

    @classmethod
    def to_predict(cls, model: Model) -> "Needs":
        """Return what it takes to compute the outputs of a network."""
        cell = model.sizes.record.without_values()
        return cls(
            cell,
            model.dtype.name,
            False,
            model.output_activation,
            recurrent=model.sizes.recurrent.kind,
            predicts=True,
        )

    @property
    def source(self) -> str:
        """The text of the cell's elementwise parts."""
        return source(self.cell)


class Compilation:
    """Compiles or loads kernels, each once, and says so where that takes long.

    The cache directory belongs to exactly this version of the kernels. An empty file in it marks a
    cell's text and a dtype for which the kernels that every training calls are compiled.

    Parameters
    ----------
    say : callable
        Takes a line for the user.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._ready: set[Needs] = set()

    def prepare(self, needs: Needs) -> None:
        """Compile or load the kernels that a training needs.

        Raises
        ------
        KeyboardInterrupt
            As soon as a signal comes.
        """
        if needs in self._ready:
            return
        digest = hashlib.sha256(needs.source.encode()).hexdigest()[:16]
        mark = CACHE_DIR / f"{digest}-{needs.dtype}.compiled"
        with deferred() as interruption:
            if mark.exists():
                _run([*_front_steps(needs), *_back_steps(needs)], interruption)
            else:
                cell = needs.cell
                name = f"{cell.name} with {cell.activation}" if cell.uses_act else cell.name
                self._say(
                    f"compiling the kernels for {name} in {needs.dtype}, once on this machine"
                )
                start = time.perf_counter()
                with self._second_process(needs, interruption) as wait_for_it:
                    _run(_front_steps(needs), interruption)
                    wait_for_it()
                    _run(_back_steps(needs), interruption)
                self._say(f"compiled in {time.perf_counter() - start:.1f} s")
                with suppress(OSError):  # if nothing can be written, the next process compiles
                    mark.touch()
        self._ready.add(needs)

    @contextmanager
    def _second_process(
        self, needs: Needs, interruption: Interruption
    ) -> Iterator[Callable[[], object]]:
        """Start a process that compiles half of the kernels; yield a function that waits for it.

        If the process fails, or does not start, that half is compiled in this one.
        """
        if usable_cores() < 2 or not CACHE_IS_KEPT or not sys.executable:
            yield lambda: None
            return
        code = (
            "from rnnsweep.kernels import linking; "
            f"linking.compile_back_half({needs.source!r}, {needs.small}, {needs.dtype!r})"
        )
        nowhere = subprocess.DEVNULL
        try:
            process = subprocess.Popen(
                [sys.executable, "-c", code], stdin=nowhere, stdout=nowhere, stderr=nowhere
            )
        except OSError as error:
            self._say(
                f"no second process starts to compile half of them ({error.strerror or error}); "
                "all are compiled in this one"
            )
            yield lambda: None
            return

        def wait_for_it() -> None:
            # A Ctrl-C in a terminal reaches that process, too, and ends it.
            while process.poll() is None:
                interruption.check()
                time.sleep(_TICK_S)

        try:
            yield wait_for_it
        finally:
            process.kill()
            process.wait()


def _run(steps: Sequence[Callable[[], object]], interruption: Interruption) -> None:
    """Take one step after the other in a thread, and look for signals meanwhile.

    A step takes seconds, and an exception that a signal raises inside a callback of LLVM or numba
    is dropped there. After a signal the thread ends when its present step does.
    """
    ended: Future[None] = Future()
    is_abandoned = Event()

    def work() -> None:
        try:
            for step in steps:
                if is_abandoned.is_set():
                    break
                step()
        except BaseException as error:  # the future raises it in the main thread
            ended.set_exception(error)
        else:
            ended.set_result(None)

    try:
        Thread(target=work, name=f"{THREAD_NAME}compilation").start()
    except RuntimeError:  # the system starts no more threads
        for step in interruption.checked(steps):
            with interruption.unbroken():
                step()
        return
    try:
        while not ended.done():
            interruption.check()
            wait([ended], _TICK_S)
    finally:
        is_abandoned.set()
    ended.result()


def _front_steps(needs: Needs) -> list[Callable[[], object]]:
    """Return the steps that compile the first half of the kernels, or load it from the cache.

    The second half is that of `linking.compile_back_half`.
    """
    text, dtype, activation = needs.source, needs.dtype, needs.cell.activation
    objective = {"gradient": needs.gradient, "activation": activation}
    steps: list[Callable[[], object]] = [
        *(partial(linking.compile_front_half, text, small, dtype) for small in _sizes(needs)),
        partial(linking.compile_entries, dtype),
        partial(linking.objective_of, needs.loss, dtype, **objective),
        partial(optimizers.address, needs.optimizer, dtype),
        partial(activations.address, needs.output_activation, dtype),
    ]
    if needs.predicts or needs.probes:
        further = {"predicts": needs.predicts, "probes": needs.probes}
        steps.append(partial(linking.compile_entries, dtype, **further))
    if needs.recurrent != "free":
        steps.append(partial(linking.compile_entries, dtype, constrains=True))
    if needs.drops:
        steps.append(partial(draws.drop.address, dtype))
    if needs.cell.uses_noise:
        steps.append(partial(draws.fill_noise.address, dtype))
    if needs.probes:
        steps.append(partial(linking.flow_address, dtype))
    return steps


def _back_steps(needs: Needs) -> list[Callable[[], object]]:
    """Return the steps that compile the second half of the kernels, or load it."""
    text, dtype = needs.source, needs.dtype
    activate = needs.cell.activation if needs.small else ""
    words = activate, needs.output_activation
    return [
        *(partial(linking.compile_back_half, text, small, dtype) for small in _sizes(needs)),
        partial(linking.network_of, text, needs.probes, *words, False, dtype),
        partial(linking.constraint_of, needs.recurrent, dtype),
    ]


def _sizes(needs: Needs) -> tuple[bool, ...]:
    """Return for which values of `small` to compile, each in a step by itself.

    First come the kernels that all networks need, then those of small ones. After a signal the
    present step is still completed, so that none should take longer than it has to.
    """
    return (False, True) if needs.small else (False,)
