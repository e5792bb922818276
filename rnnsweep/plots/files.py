"""The plots in a results folder: draws them from the store, or removes them."""

from collections.abc import Collection
from contextlib import suppress
from itertools import product
from pathlib import Path

from rnnsweep.analysis.baselines import common_baselines
from rnnsweep.analysis.survey import Survey
from rnnsweep.interruption import deferred
from rnnsweep.store.folder import Folder
from rnnsweep.store.store import Store

from .kinds import FORMATS

# The stems of all files that may be in the folder of plots.
NAMES = ("loss_curves", "loss_map", "effects", "success")


def write_plots(folder: str | Path, form: str = "png") -> list[Path]:
    """Draw the plots of a sweep's results, in place of earlier ones; return their paths.

    This takes memory for the outcomes of all trials, a few numbers each, and for the losses of one
    line of the loss curves.

    Parameters
    ----------
    folder : str or Path
    form : {"png", "svg", "pdf"}
        The format of the files; files of other formats stay as they are.
    """
    results = Folder(folder)
    with deferred() as interruption:
        from . import figures

        interruption.check()
        with Store.reader(folder) as store:
            survey = Survey(store)
            baselines = common_baselines(survey.problems)
            study = figures.study_of(survey.outcomes, survey.swept, baselines)
            drawn = figures.draw(study, store.epochs_of, survey.success)
        paths = {results.plots / f"{name}.{form}": figure for name, figure in drawn.items()}
        for path, figure in interruption.checked(paths.items()):
            with results.replacing(path) as temporary:
                figures.save(figure, temporary, form)
    remove_plots(results, keep=paths, forms=[form])
    return list(paths)


def remove_plots(
    results: Folder, keep: Collection[Path] = (), forms: Collection[str] = FORMATS
) -> None:
    """Remove the plots of an earlier run, which do not show the trials of the present tables."""
    for name, form in product(NAMES, forms):
        path = results.plots / f"{name}.{form}"
        if path not in keep:
            results.remove(path)
    with suppress(OSError):  # the folder stays where it holds files of the user
        results.plots.rmdir()
