"""The figures that a run draws: loss curves, the loss map, the effect of each setting, success."""

# Imported before any other module that imports matplotlib.
from . import defaults as defaults  # isort: skip

from matplotlib.figure import Figure

from .curves import Epochs
from .effects import effects
from .loss_curves import loss_curves
from .loss_map import loss_map
from .study import Study, study_of
from .style import save
from .success import success

__all__ = [
    "draw",
    "effects",
    "loss_curves",
    "loss_map",
    "save",
    "study_of",
    "success",
]


def draw(study: Study, epochs: Epochs, has_criterion: bool) -> dict[str, Figure]:
    """Return every one of these figures that can be drawn of these trials, by the stem of its file.

    Parameters
    ----------
    study : Study
    epochs : callable
        Returns the epochs of trials by their ids, as `Store.epochs_of` does.
    has_criterion : bool
        Whether a trial has a success criterion.

    Returns
    -------
    dict
        `loss_curves` always; `loss_map` where two settings are crossed; `effects` where a setting
        varies; `success` where a setting varies and a trial has a success criterion.
    """
    figures = {
        "loss_curves": loss_curves(study, epochs),
        "loss_map": loss_map(study),
        "effects": effects(study),
        "success": success(study) if has_criterion else None,
    }
    return {stem: figure for stem, figure in figures.items() if figure is not None}
