"""Rules between what is to be recorded, the trials, and what is installed."""

from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from math import log2

from rnnsweep.cells import Cell
from rnnsweep.precision import item_bytes
from rnnsweep.record import EPOCH_COLUMNS
from rnnsweep.sweepfile.choices import Choices
from rnnsweep.sweepfile.faults import Faults
from rnnsweep.sweepfile.places import Places
from rnnsweep.tasks import Task

from .memory import n_params
from .rule import Rule

_CLIPPING = ("train.clip_norm", "train.clip_value")

# SQLite, which the store is a file of, takes no larger row: SQLITE_MAX_LENGTH of "Limits In
# SQLite". The names and numbers of a row next to its array take far less than `_OTHER_BYTES`.
MAX_ROW_BYTES = 1_000_000_000
_OTHER_BYTES = 1_000_000


def recording_rules(choices: Choices) -> Iterator[Rule]:
    """Yield the rules on how much the store can hold of one trial."""
    save_params = choices.save_params
    if save_params != "none":
        sizes = ("model.cell", "model.num_layers", "model.hidden_size", "train.dtype")
        yield Rule.of(partial(_params_fit, save_params), grows=True, named=sizes)
    metrics = [name for name, asked in choices.fixed["metrics"].items() if asked]
    named = ("train.epochs", *(["model.num_layers"] if metrics else []))
    yield Rule.of(partial(_epochs_fit, metrics), grows=True, named=named)


def check_recording(choices: Choices, places: Places, faults: Faults) -> None:
    """Check that what [metrics] and [output] ask for can be recorded."""
    if choices.fixed["metrics"].get("share_clipped", False) and not any(
        _is_above_zero(choices, key) for key in _CLIPPING
    ):
        faults.at(f"{places.in_table('metrics.share_clipped')} = true").add(
            "no trial clips its gradient; take clip_norm or clip_value above 0, "
            "or share_clipped = false"
        )
    if choices.fixed["output"].get("epochs") == "parquet" and find_spec("pyarrow") is None:
        faults.at(f'{places.in_table("output.epochs")} = "parquet"').add(
            "pyarrow, which writes such files, is not installed; "
            'pip install "rnnsweep[parquet]", or take epochs = "csv"'
        )


def _is_above_zero(choices: Choices, key: str) -> bool:
    """Return whether a key is above 0 in some trial."""
    values = [max(axis.values) for _, axis in choices.axes_of(key)]
    if not choices.always_in_file(key) or not values:
        values.append(choices.value(key, {}))
    return any(value > 0 for value in values)


def _params_fit(
    save_params: str,
    cell: Cell,
    num_layers: int,
    hidden_size: int,
    recurrent: str,
    rank: int,
    dtype: str,
    output: str,
    task: Task,
) -> str | None:
    """Refuse to save params that take more than the store can hold of one trial."""
    if output not in task.available_outputs:
        return None
    n = n_params(cell, num_layers, hidden_size, recurrent, rank, task.shape(output))
    needed, allowed = n * item_bytes(dtype), MAX_ROW_BYTES - _OTHER_BYTES
    if needed > allowed:
        return (
            f'save_params = "{save_params}" stores params of {needed:,} bytes; allowed: '
            f"{allowed:,} bytes a trial; take a smaller hidden_size or num_layers, or "
            'save_params = "none"'
        )
    return None


def _epochs_fit(
    metrics: list[str], epochs: int, num_layers: int, cell: Cell, output: str, task: Task
) -> str | None:
    """Refuse more epochs, each a row of numbers, than the store can hold of one trial."""
    if output not in task.available_outputs:
        return None
    matrices = 2 * len(cell.program.products)  # two factors of each, at most
    of_layer = 2 + matrices + len(cell.sums) + len(cell.vectors)
    columns = {
        "grad_norms": num_layers * of_layer + 2,
        "spectral_radius": num_layers,
        "singular_value": num_layers,
        "dead_units": num_layers,
        "gradient_flow": 3 + int(log2(task.shape(output).seq_len)),
    }
    n_columns = len(EPOCH_COLUMNS) + 1 + len(task.scores)
    n_columns += sum(columns.get(metric, 1) for metric in metrics)
    allowed = (MAX_ROW_BYTES - _OTHER_BYTES) // (8 * n_columns)
    if epochs > allowed:
        return (
            f"{epochs:,} epochs of up to {n_columns} numbers each are more than the store holds of "
            f"one trial; allowed: {allowed:,} epochs; take fewer epochs, metrics or layers"
        )
    return None
