"""Outcomes of trials -> figures: loss curves, the loss map, the effect of each setting, success."""

# Before anything that imports matplotlib by itself.
from . import defaults as defaults  # isort: skip

from matplotlib.figure import Figure

from .curves import Epochs
from .effects import effects
from .loss_curves import loss_curves
from .loss_map import loss_map
from .study import Study, study
from .style import save
from .success import success

__all__ = ["draw", "effects", "loss_curves", "loss_map", "save", "study", "success"]


def draw(these: Study, epochs: Epochs, seek_success: bool) -> dict[str, Figure]:
    """Every picture that these trials allow, by the stem of its file.

    Parameters
    ----------
    these : Study
    epochs : callable
        Gives the epochs of some trials by their ids, as `Store.epochs_of` does.
    seek_success : bool
        Whether a trial has a success criterion.

    Returns
    -------
    dict
        `loss_curves` always; `loss_map` where two settings are crossed; `effects` where one does;
        `success` where one does and a trial has a success criterion.
    """
    figures = {
        "loss_curves": loss_curves(these, epochs),
        "loss_map": loss_map(these),
        "effects": effects(these),
        "success": success(these) if seek_success else None,
    }
    return {stem: figure for stem, figure in figures.items() if figure is not None}
