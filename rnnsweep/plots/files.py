"""The pictures in a folder of results: drawn anew, or removed."""

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from rnnsweep.analysis.baselines import common_baselines
from rnnsweep.analysis.survey import Survey
from rnnsweep.interruption import deferred
from rnnsweep.store.folder import Folder
from rnnsweep.store.store import Store

# Every picture there may be, by its file's stem.
NAMES = ("loss_curves", "loss_map", "effects", "success")


def write_plots(folder: str | Path) -> list[Path]:
    """Draw the pictures of a sweep's results anew; return their paths.

    Memory is that of how the trials ended, a few numbers each, and of the losses of one line.
    """
    place = Folder(folder)
    with deferred() as interruption:
        from . import figures

        interruption.check()
        with Store.reader(folder) as store:
            survey = Survey(store)
            these = figures.study(survey.outcomes, survey.swept, common_baselines(survey.problems))
            drawn = figures.draw(these, store.epochs_of, survey.success)
        paths = {place.plots / f"{name}.png": figure for name, figure in drawn.items()}
        for path, figure in interruption.checked(paths.items()):
            with place.replacing(path) as beside:
                figures.save(figure, beside)
    remove_plots(place, keep=paths)
    return list(paths)


def remove_plots(place: Folder, keep: Collection[Path] = ()) -> None:
    """Remove the pictures of an earlier run: beside other tables they would tell a wrong story."""
    for name in NAMES:
        path = place.plots / f"{name}.png"
        if path not in keep:
            place.remove(path)
    with suppress(OSError):  # others' files stay
        place.plots.rmdir()
