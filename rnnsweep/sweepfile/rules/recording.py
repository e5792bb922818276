"""Rules between what is to be recorded, the trials, and what is installed."""

from importlib.util import find_spec

from rnnsweep.sweepfile.choices import Choices
from rnnsweep.sweepfile.places import Places

_CLIPPING = ("train.clip_norm", "train.clip_value")


def recording_faults(choices: Choices, places: Places) -> list[str]:
    """Return a line for each thing that cannot be recorded."""
    return [*_faults_of_metrics(choices, places), *_faults_of_output(choices, places)]


def _faults_of_metrics(choices: Choices, places: Places) -> list[str]:
    if not choices.fixed["metrics"].get("share_clipped", False) or any(
        _is_above_zero(choices, key) for key in _CLIPPING
    ):
        return []
    place = places.in_table("metrics.share_clipped")
    return [
        f"{place} = true: no trial clips its gradient; take clip_norm or clip_value above 0, "
        "or share_clipped = false"
    ]


def _faults_of_output(choices: Choices, places: Places) -> list[str]:
    if choices.fixed["output"].get("epochs") != "parquet" or find_spec("pyarrow") is not None:
        return []
    return [
        f'{places.in_table("output.epochs")} = "parquet": pyarrow, which writes such files, is not '
        'installed; pip install "rnnsweep[parquet]", or take epochs = "csv"'
    ]


def _is_above_zero(choices: Choices, key: str) -> bool:
    """Return whether a key is above 0 in some trial."""
    values = [max(axis.values) for _, axis in choices.axes_of(key)]
    if not choices.always_given(key) or not values:
        values.append(choices.value(key, {}))
    return any(value > 0 for value in values)
