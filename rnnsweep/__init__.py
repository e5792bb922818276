"""rnnsweep: train very many small recurrent networks on a CPU, and see which settings work.

results = rnnsweep.run("sweeps/grid.toml")
results.summary(by=["hidden_size", "activation"])
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .version import __version__

if TYPE_CHECKING:
    from .errors import ResultsError, RnnsweepError, SweepError
    from .execution.merge import merge
    from .execution.run import run
    from .execution.verify import verify
    from .inference.saved import load_model
    from .network.model import Model
    from .sweepfile import load_sweep
    from .tables.results import Results, load

# Loaded when first used: the kernels and pandas take longer to load than an error message may.
_HOMES = {
    "Model": "network.model",
    "Results": "tables.results",
    "ResultsError": "errors",
    "RnnsweepError": "errors",
    "SweepError": "errors",
    "load": "tables.results",
    "load_model": "inference.saved",
    "load_sweep": "sweepfile",
    "merge": "execution.merge",
    "run": "execution.run",
    "verify": "execution.verify",
}

__all__ = [
    "Model",
    "Results",
    "ResultsError",
    "RnnsweepError",
    "SweepError",
    "__version__",
    "load",
    "load_model",
    "load_sweep",
    "merge",
    "run",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
