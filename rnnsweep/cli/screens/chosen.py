"""The sentence on the chosen setting: its test loss, and that of a trivial predictor."""

import math
from typing import TYPE_CHECKING

from rnnsweep.analysis.forecast import best_trivial_predictor
from rnnsweep.errors import SweepError
from rnnsweep.execution.progress import counted
from rnnsweep.value_text import distinct_texts, text_of

from .console import make_console

if TYPE_CHECKING:
    from rnnsweep.analysis.chosen import Chosen
    from rnnsweep.tables.results import Results


def print_chosen(results: "Results") -> None:
    """Show what the setting with the lowest validation loss reaches on the test part.

    Nothing is shown where there is no test loss or no trivial predictor to compare it with.
    """
    try:
        chosen = results.chosen_settings()
    except SweepError:  # no trial has a score yet, as the table says
        return
    better = [is_better for is_better in chosen.are_better if is_better is not None]
    if len(chosen) == 1 and better:
        make_console().print(_sentence(chosen, better[0], results.forecast_verdict()))
    elif better:
        make_console().print(
            f"On {sum(better):,} of {counted(len(better), 'problem')} the setting with the lowest "
            "validation loss beats the best trivial predictor on the test part."
        )


def _sentence(chosen: "Chosen", is_better: bool, forecast: str) -> str:
    row = {name: column[0] for name, column in chosen.statistics.items()}
    settings = ", ".join(
        f"{name} {distinct_texts(values)[0]}"
        for name, values in chosen.settings.items()
        if values[0] is not None
    )
    loss = "infinite" if math.isinf(row["median_test_loss"]) else text_of(row["median_test_loss"])
    median = "" if row["n"] == 1 else f" (median of {counted(int(row['n']), 'trial')})"
    predictor = best_trivial_predictor(forecast)  # the sentence on the forecast follows
    return (
        f"The setting with the lowest validation loss{f' ({settings})' if settings else ''} "
        f"has the test loss {loss}{median}: it {'beats' if is_better else 'does not beat'} the "
        f"{predictor}, which has {text_of(row['test_baseline'])}. "
        f"{chosen.against[0].evidence()}"
    )
