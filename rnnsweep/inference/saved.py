"""Saved networks: a trial's model and params, as they were at its best epoch."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rnnsweep.errors import ResultsError, in_python_words
from rnnsweep.network.layout import Params, flat_size, split
from rnnsweep.network.model import Model
from rnnsweep.store.rows import StoredTrial
from rnnsweep.store.store import Store
from rnnsweep.store.trial_names import BEST, id_named

if TYPE_CHECKING:
    from rnnsweep.tables.results import Results


class SavedNetwork(NamedTuple):
    """A trained network of a trial.

    Attributes
    ----------
    trial_id : str
    settings : dict
        The trial's settings by their column names.
    model : Model
    params : dict
        Arrays by name, at the trial's best epoch.
    encoding : dict
        How the task read its data, as in `Record`.
    """

    trial_id: str
    settings: dict[str, Any]
    model: Model
    params: Params
    encoding: dict[str, Any]


@in_python_words()
def load_model(
    results: "str | Path | Results", trial_id: str | None = None
) -> tuple[Model, Params]:
    """Return the saved network of a trial, with its params at the best epoch.

    Parameters
    ----------
    results : str, Path or Results
        The results of a sweep whose file has ``[output] save_params``.
    trial_id : str, optional
        Which trial: its id, the beginning of it, or "best", the best one by the rank of the
        summary, which it is if left out.

    Returns
    -------
    model : Model
    params : dict
        Arrays by name, in the shapes that `Model.init` returns.

    Raises
    ------
    SweepError
        If there is no such trial.
    ResultsError
        If the folder has no results, or the trial's params were not saved.
    """
    saved = load_saved(results, trial_id)
    return saved.model, saved.params


def load_saved(results: "str | Path | Results", trial_id: str | None = None) -> SavedNetwork:
    """Return what `load_model` does, with the trial's settings and the encoding of its data."""
    folder = results if isinstance(results, str | Path) else results.folder
    with Store.reader(folder) as store:
        name = id_named(store, BEST if trial_id is None else trial_id)
        trial = store.trial(name)
        assert trial is not None  # `id_named` has read it
        saved = store.params(name)
        if saved is None:
            raise ResultsError(_why_not_saved(store, trial, trial_id in (None, BEST)))
        try:
            model = Model(**saved.network)
        except (TypeError, ValueError) as error:
            raise ResultsError(
                f"{store.folder.store_db}: the network of trial {name} cannot be made ({error}); "
                "it was saved by another version of rnnsweep"
            ) from error
    if saved.flat.dtype != model.dtype or saved.flat.size != flat_size(model.sizes):
        raise ResultsError(
            f"{store.folder.store_db} is damaged (the params of trial {name} do not fit its "
            "network); run the sweep into another folder with --results DIR"
        )
    return SavedNetwork(name, trial.settings, model, split(saved.flat, model.sizes), saved.encoding)


def _why_not_saved(store: Store, trial: StoredTrial, is_best: bool) -> str:
    """Return why the params of a trial are not saved, and how to save them.

    `is_best` says that the best trial was looked for, and no id given.
    """
    folder, name = store.folder.path, trial.trial_id
    if trial.status == "failed":
        return f"trial {name} of {folder} failed ({trial.error}); run the sweep again"
    if trial.best_epoch is None:
        return f"trial {name} of {folder} diverged in its first epoch; it has no params to keep"
    words, which = ('"best"', "the best trial, ") if is_best else ('"all"', "trial ")
    return (
        f"{folder} holds no params of {which}{name}; put save_params = {words} under [output] in "
        "the sweep file and run it again; what lacks params trains again, with the same results"
    )
