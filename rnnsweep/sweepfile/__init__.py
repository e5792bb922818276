"""A sweep file: TOML -> checked models -> ordered trials.

The order of work: `load` reads the file and applies the `overrides`; `check`, with `keys` and
`search`, checks each key by itself; `search.existing` finds the combinations that exist; `rules`
checks the settings of each combination together. Everything that is wrong with a file is in one
error, before any work starts. `sweep` makes the trials, `trial_id` their ids, and `schema` the JSON
Schema.

A key is declared in `keys/tables.py`; a rule between keys is a function in `rules`; `--set` is
applied in `overrides/applying.py`.
"""

from .config import Config, Trial, as_cell
from .keys.tables import ModelConfig, StopConfig, TrainConfig
from .load import load, load_sweep, load_text
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
    "load_text",
]
