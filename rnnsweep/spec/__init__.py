"""A sweep file: TOML -> checked models -> ordered trials.

Everything wrong with a file is found before any work starts, and told in one error.
"""

from .axes import MAX_TRIALS, Axis
from .load import load
from .models import ModelConfig, TrainConfig
from .schema import json_schema
from .sweep import Config, Sweep, Trial
from .trial_id import RESULTS_VERSION

__all__ = [
    "MAX_TRIALS",
    "RESULTS_VERSION",
    "Axis",
    "Config",
    "ModelConfig",
    "Sweep",
    "TrainConfig",
    "Trial",
    "json_schema",
    "load",
]
