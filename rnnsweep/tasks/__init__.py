"""Sequence problems: one a file, each with its own keys and its arrays from a seed.

A new task is one class with its keys as fields, and its entry in `TASKS`.
"""

from .adding import Adding
from .adding_hs import AddingHs
from .anbn import Anbn
from .base import Fault, Task, TaskError
from .copy import Copy
from .csv import Csv
from .generated import GeneratedTask
from .lorenz import Lorenz
from .mackey_glass import MackeyGlass
from .narma import Narma
from .notebook import Notebook
from .npz import Npz
from .parity import DelayedXor, Parity
from .parts import Data, Part, Shape
from .predictors import baselines
from .reading.files import Sources
from .reber import Reber
from .sine import Sine
from .temporal_order import TemporalOrder
from .text import Text
from .xor_stream import XorStream

_CLASSES: tuple[type[Task], ...] = (
    # Memory.
    Adding,
    AddingHs,
    Copy,
    TemporalOrder,
    Parity,
    DelayedXor,
    # Prediction of symbols and bits.
    XorStream,
    Reber,
    Anbn,
    # Forecasts.
    Sine,
    MackeyGlass,
    Lorenz,
    Narma,
    # The user's own.
    Csv,
    Npz,
    Text,
    Notebook,
)

TASKS: dict[str, type[Task]] = {cls.model_fields["name"].default: cls for cls in _CLASSES}

__all__ = [
    "TASKS",
    "Adding",
    "AddingHs",
    "Anbn",
    "Copy",
    "Csv",
    "Data",
    "DelayedXor",
    "Fault",
    "GeneratedTask",
    "Lorenz",
    "MackeyGlass",
    "Narma",
    "Notebook",
    "Npz",
    "Parity",
    "Part",
    "Reber",
    "Shape",
    "Sine",
    "Sources",
    "Task",
    "TaskError",
    "TemporalOrder",
    "Text",
    "XorStream",
    "baselines",
]
