"""A sweep file: TOML -> checked models -> ordered trials.

Everything wrong with a file is found before any work starts, and told in one error.
"""

from .config import Config, Trial, as_cell
from .keys.tables import ModelConfig, StopConfig, TrainConfig
from .load import load, load_sweep
from .places import COMMAND_LINE, PYTHON
from .schema import json_schema
from .search.dimensions import MAX_TRIALS, Axis, Condition, Dimension, column
from .sweep import Sweep
from .trial_id import RESULTS_VERSION

__all__ = [
    "COMMAND_LINE",
    "MAX_TRIALS",
    "PYTHON",
    "RESULTS_VERSION",
    "Axis",
    "Condition",
    "Config",
    "Dimension",
    "ModelConfig",
    "StopConfig",
    "Sweep",
    "TrainConfig",
    "Trial",
    "as_cell",
    "column",
    "json_schema",
    "load",
    "load_sweep",
]
