"""Tables -> figures: loss curves, the loss map, the effect of each setting, success."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.figure import Figure

from rnnsweep.plots.effects import effects
from rnnsweep.plots.loss_curves import loss_curves
from rnnsweep.plots.loss_map import loss_map
from rnnsweep.plots.style import save
from rnnsweep.plots.success import success

__all__ = ["NAMES", "draw", "effects", "loss_curves", "loss_map", "save", "success"]

# Every picture there may be, by its file's stem.
NAMES = ("loss_curves", "loss_map", "effects", "success")


def draw(
    trials: pd.DataFrame,
    epochs: pd.DataFrame,
    swept: Sequence[str],
    baselines: Mapping[str, float],
) -> dict[str, Figure]:
    """Every picture that these trials allow, by the stem of its file.

    Parameters
    ----------
    trials, epochs : DataFrame
        The columns of `trials.csv` and `epochs.csv`.
    swept : sequence of str
        Bare names of the swept settings, without the seed.
    baselines : mapping
        Validation loss of each trivial predictor, the best first; may be empty.

    Returns
    -------
    dict
        `loss_curves` always; `loss_map` where two settings are crossed; `effects` where one does;
        `success` where one does and a trial has a success criterion.
    """
    figures = {
        "loss_curves": loss_curves(trials, epochs, swept, baselines),
        "loss_map": loss_map(trials, swept, baselines),
        "effects": effects(trials, swept, baselines),
        "success": success(trials, swept, baselines),
    }
    return {stem: figure for stem, figure in figures.items() if figure is not None}
