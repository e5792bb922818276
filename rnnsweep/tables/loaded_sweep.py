"""A sweep in its results folder: the names of its settings, and the outcomes of its trials."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

from rnnsweep.analysis.survey import Survey
from rnnsweep.errors import SweepError
from rnnsweep.store.store import Store
from rnnsweep.suggestions import did_you_mean, nearest


class LoadedSweep:
    """A sweep in its results folder; its trials are read when first needed, and kept.

    Parameters
    ----------
    folder : str or Path
        The results folder.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        with Store.reader(self.folder) as store:
            info = store.info()
        self.swept, self.seeds = list(info.swept), list(info.seeds)

    def _named(self, by: str | Sequence[str] | None) -> list[str]:
        """Return the names of the settings that `by` names."""
        if by is None:
            return self.swept
        if not isinstance(by, Iterable):
            raise SweepError(f"by is {by!r}; allowed: the name of a setting, or several")
        names = list(dict.fromkeys([by] if isinstance(by, str) else by))
        known = list(dict.fromkeys([*self._survey.settings, *self.swept]))
        for name in names:
            if name not in known:
                near = did_you_mean(nearest(name, known)) if isinstance(name, str) else ""
                n_others = len(known) - len(self.swept)
                allowed = f"one of the {n_others:,} settings"  # where none varies
                if self.swept:
                    allowed = f"{', '.join(self.swept)}, or one of the {n_others:,} others"
                raise SweepError(
                    f"no setting {name!r} in these results{near}; allowed: {allowed} in trials.csv"
                )
        return names

    def _survey_with(self, names: Sequence[str], numbers: Sequence[str] = ()) -> Survey:
        """Return a survey that keeps these settings and numbers."""
        outcomes = self._survey.outcomes
        if outcomes.settings.keys() >= {*names} and outcomes.numbers.keys() >= {*numbers}:
            return self._survey
        with Store.reader(self.folder) as store:
            return Survey(store, names, numbers)

    @cached_property
    def _survey(self) -> Survey:
        with Store.reader(self.folder) as store:
            return Survey(store)
