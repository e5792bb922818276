"""Rules between what is to be recorded, the trials, and what is installed."""

from importlib.util import find_spec

from rnnsweep.sweepfile.choices import Choices
from rnnsweep.sweepfile.faults import Faults
from rnnsweep.sweepfile.places import Places

_CLIPPING = ("train.clip_norm", "train.clip_value")


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
