"""rnnsweep: train very many small recurrent networks on a CPU, and see which settings work.

results = rnnsweep.run("sweeps/grid.toml")
results.summary(by=["hidden_size", "activation"])
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .errors import ResultsError, RnnsweepError, SweepError
    from .model import Model
    from .results import Results, load
    from .runner import run
    from .saved import load_model

__version__ = "0.1.0"

# Loaded when first used: the kernels and pandas take longer to load than an error message may.
_HOMES = {
    "Model": "model",
    "Results": "results",
    "ResultsError": "errors",
    "RnnsweepError": "errors",
    "SweepError": "errors",
    "load": "results",
    "load_model": "saved",
    "run": "runner",
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
    "run",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
