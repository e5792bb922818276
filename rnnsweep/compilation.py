"""The kernels of this machine: compiled when a training first needs them.

Numba holds a lock while it compiles, so that threads would take turns. Where nothing is compiled
yet, a second process takes half of the work; the halves meet in the cache on disk.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from .environment import usable_cores
from .kernels import CACHE_DIR, CACHE_IS_KEPT, activations, dropout, linking, optimizers
from .model import runs_in_plain_loops
from .record import Wanted
from .spec import Config

_PROBING = {"grad_norms", "saturation", "dead_units", "gradient_flow"}


class Needs(NamedTuple):
    """What decides which kernels a training calls."""

    cell: str
    dtype: str
    small: bool
    activation: str = "tanh"
    output_activation: str = "identity"
    loss: str = "mse"
    gradient: str = "bptt"
    optimizer: str = "sgd"
    drops: bool = False
    predicts: bool = False
    probes: bool = False

    @classmethod
    def of_trial(cls, config: Config, wanted: Wanted) -> "Needs":
        """Return what a trial needs."""
        model, train = config.model, config.train
        return cls(
            model.cell,
            train.dtype,
            runs_in_plain_loops(model.cell, model.num_layers, model.hidden_size, train.batch_size),
            model.activation,
            model.output_activation,
            loss=train.loss,
            gradient="notebook" if train.gradient == "notebook" else "bptt",
            optimizer=train.optimizer,
            drops=train.dropout > 0,
            predicts=bool(config.task.scores),
            probes=not _PROBING.isdisjoint(wanted.metrics),
        )


class Compilation:
    """What is compiled or loaded so far; telling, where much has to be compiled.

    The cache directory belongs to this very version of the kernels; an empty file in it tells
    the next process that what every training with a cell and a dtype calls is there.

    Parameters
    ----------
    say : callable
        Takes a line for the user.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._ready: set[Needs] = set()

    def prepare(self, needs: Needs) -> None:
        """Compile or load what a training needs."""
        if needs in self._ready:
            return
        mark = CACHE_DIR / f"{needs.cell}-{needs.dtype}.compiled"
        if mark.exists():
            _compile(needs)
        else:
            self._say(
                f"compiling the kernels for {needs.cell} in {needs.dtype}, once on this machine"
            )
            start = time.perf_counter()
            with _other_half(needs) as wait:
                _compile(needs, wait)
            self._say(f"compiled in {time.perf_counter() - start:.1f} s")
            with suppress(OSError):  # where nothing can be kept, the next process compiles again
                mark.touch()
        self._ready.add(needs)


def _compile(needs: Needs, wait: Callable[[], object] = lambda: None) -> None:
    """Compile all that a training calls, or load it from the cache.

    `wait` is called when all but the half of `linking.compile_back_half` is there.
    """
    cell, dtype = needs.cell, needs.dtype
    linking.compile_front_half(cell, needs.small, dtype)
    linking.compile_entries(cell, dtype, predicts=needs.predicts, probes=needs.probes)
    linking.objective_of(needs.loss, dtype, gradient=needs.gradient)
    optimizers.address(needs.optimizer, dtype)
    if needs.drops:
        dropout.address(dtype)
    if needs.probes:
        linking.flow_address(dtype)
    activation, output_activation = needs.activation, needs.output_activation
    for word in (activation, output_activation):
        activations.address(word, dtype)
    wait()
    linking.network_of(cell, activation, output_activation, False, needs.small, dtype)


@contextmanager
def _other_half(needs: Needs) -> Iterator[Callable[[], object]]:
    """Start a process that compiles half of what is needed; yield what waits for it.

    If it fails, that half is compiled here.
    """
    if usable_cores() < 2 or not CACHE_IS_KEPT or not sys.executable:
        yield lambda: None
        return
    code = (
        "from rnnsweep.kernels import linking; "
        f"linking.compile_back_half({needs.cell!r}, {needs.small}, {needs.dtype!r})"
    )
    nowhere = subprocess.DEVNULL
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=nowhere, stdout=nowhere, stderr=nowhere
    )
    try:
        yield process.wait
    finally:
        process.kill()
        process.wait()
