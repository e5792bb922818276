"""The pictures of a sweep's results, each a method that returns a matplotlib figure."""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from rnnsweep.analysis.baselines import common_baselines
from rnnsweep.analysis.outcomes import Outcomes
from rnnsweep.analysis.setting_scores import problems_in
from rnnsweep.analysis.survey import Survey
from rnnsweep.errors import SweepError
from rnnsweep.plots import figures, on_request
from rnnsweep.plots.choice import setting_named, settings_named
from rnnsweep.plots.curves import roles_of
from rnnsweep.plots.kinds import KINDS
from rnnsweep.plots.map_axes import MapAxes, axes_settings, panels_setting
from rnnsweep.plots.setting import Setting
from rnnsweep.plots.study import Study, study_of
from rnnsweep.store.store import Store
from rnnsweep.suggestions import allowed

Names = str | Sequence[str] | None  # of settings; None for those that show most

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from rnnsweep.analysis.selection import Selection

    from .results import Results


class Plots:
    """The pictures of a sweep's results, as ``results.plot``.

    Each method returns a matplotlib figure, which a notebook shows and ``figure.savefig("a.pdf")``
    writes. Without arguments it chooses the settings that show most. A method raises `SweepError`
    where an argument names no setting that varies, or the results have nothing to draw.
    """

    def __init__(self, results: "Results", survey: Survey) -> None:
        self._results = results
        self._survey = survey

    def __getattr__(self, name: str) -> NoReturn:
        # Notebooks and copy.copy look for names that begin with _: they get a short answer.
        hint = "" if name.startswith("_") else f"; {allowed(name, KINDS)}"
        raise AttributeError(f"results.plot has no picture {name!r}{hint}", name=name, obj=self)

    def curves(self, by: Names = None) -> "Figure":
        """Return the validation loss by epoch: the median over the seeds, with a band.

        Parameters
        ----------
        by : str or sequence of str, optional
            The setting whose values are the lines, and the one whose values are the panels. For
            each line, the settings that are not named have the values that are best for it. A seed
            can be named, too.
        """
        study = self._study_by(by)
        self._check_trials()
        chosen = None
        if by is not None:
            named = settings_named(study, by, "by", ("the lines", "the panels"))
            within, across = (*named, None, None)[:2]
            chosen = roles_of(study, within, across)
        with Store.reader(self._results.folder) as store:
            return figures.loss_curves(study, store.epochs_of, chosen)

    def map(self, x: str | None = None, y: str | None = None, by: Names = None) -> "Figure":
        """Return the best validation loss over two settings, the median over the seeds.

        Parameters
        ----------
        x, y : str, optional
            The settings along the axes. For each cell, the settings that are not named have the
            values that are best for it.
        by : str, optional
            The setting whose values are the panels.
        """
        return _drawn(figures.loss_map(self._study, self._map_axes(x, y, by)), NO_TRIALS)

    def effects(self, by: Names = None) -> "Figure":
        """Return the best validation loss of every trial by the value of each setting.

        Parameters
        ----------
        by : str or sequence of str, optional
            The settings that have a panel, at most 12; all that vary if left out. A seed can be
            named, too.
        """
        study = self._study_by(by)
        self._check_settings()
        chosen = None if by is None else settings_named(study, by, "by")
        return _drawn(figures.effects(study, chosen), NO_SETTING)

    def divergence(self, x: str | None = None, y: str | None = None, by: Names = None) -> "Figure":
        """Return how many trials diverged over two settings, and in which epoch.

        Parameters
        ----------
        x, y : str, optional
            The settings along the axes. Trials that differ in other settings count together.
        by : str, optional
            The setting whose values are the panels.
        """
        axes = self._map_axes(x, y, by)
        if x is None and y is None and by is None:
            axes = on_request.with_worst(self._study, axes)
        return _drawn(
            on_request.divergence(self._study, axes), "no trial of these results diverged"
        )

    def comparison(
        self,
        a: "Selection | Results",
        b: "Selection | None" = None,
        metric: str | None = None,
        best: bool = False,
    ) -> "Figure":
        """Return the mean difference of two settings, for all pairs and each common setting.

        Parameters
        ----------
        a, b, metric, best
            As for `Results.compare`.
        """
        return on_request.comparison(self._results.compared(a, b, metric, best))

    def importance(self, measure: str = "rank") -> "Figure":
        """Return the share of the variance of each setting, each pair and the seeds.

        Parameters
        ----------
        measure : str
            ``"rank"`` or ``"log_loss"``, as in `Results.importance`.
        """
        self._check_losses()
        return on_request.importance(self._results.explained(measure))

    def profile(self, by: Names = None, metric: str = "best_val_loss") -> "Figure":
        """Return the share of trials that reach each loss, with its interval over the seeds.

        Parameters
        ----------
        by : str or sequence of str, optional
            The settings whose values are the lines; that with the largest effect if left out.
        metric : str
            A number of a trial, as for `Results.compare`.
        """
        if metric == "best_val_loss":
            self._check_losses()
        table = self._results.profile(self._by_largest_effect(by), metric)
        return on_request.profile(table, self._baseline if metric == "best_val_loss" else None)

    def budget(self, by: Names = None) -> "Figure":
        """Return what the best of n settings reaches, if n settings are drawn at random.

        Parameters
        ----------
        by : str or sequence of str, optional
            The settings whose values are the lines; that with the largest effect if left out.
        """
        self._check_medians()
        problems = problems_in(self._survey.outcomes, self._results.swept)
        names = problems if by is None and problems else self._by_largest_effect(by)
        table = self._results.budget(names)
        return on_request.budget(table, self._baseline)

    def tunability(self) -> "Figure":
        """Return for each setting how much lower the loss gets if it alone is tuned.

        The defaults are those of `Results.tunability`.
        """
        self._check_medians()
        table = self._results.tunability()
        return on_request.tunability(table, self._baseline)

    def parallel(self, by: Names = None) -> "Figure":
        """Return a line for each combination of settings, the best tenth of them in colour.

        Parameters
        ----------
        by : str or sequence of str, optional
            The settings that have an axis, from left to right; at most 8.
        """
        self._check_medians()
        chosen = None if by is None else settings_named(self._study, by, "by")
        return _drawn(on_request.parallel(self._study, chosen), MOST_DIVERGED)

    def success(self, x: str | None = None, by: Names = None) -> "Figure":
        """Return the share of trials that met the success criterion of the sweep file.

        Parameters
        ----------
        x : str, optional
            The setting along x.
        by : str, optional
            The setting whose values are the lines.
        """
        if not self._survey.success:
            raise SweepError(
                "no trial of these results has a success criterion: the sweep file has neither "
                "val_loss_below nor accuracy_above under [stop]"
            )
        self._check_settings()
        study = self._study
        across = None if x is None else setting_named(study, x, "x")
        within = self._single(by, "the lines")
        if within is not None and across is None:
            across = next(iter(study.independent([within])), None)
            if across is None:
                raise SweepError(f"by is {within.name!r}, and no setting is left for x")
        if across is not None and across is within:
            raise SweepError(f"by is {within.name!r}, and so is x; they have to be two settings")
        return _drawn(figures.success(study, across, within), NO_SETTING)

    def forecast(self) -> "Figure":
        """Return the best network's forecasts of the test part with the truth, and their errors.

        They are compared with naive forecasts. There is none where the task is no series.
        """
        return on_request.forecast_plot(self._results.forecasted())

    @cached_property
    def _study(self) -> Study:
        survey = self._survey
        return study_of(survey.outcomes, survey.swept, common_baselines(survey.problems))

    def _study_by(self, by: Names) -> Study:
        """Return the study in which the seeds that `by` names are settings as others."""
        named = [by] if isinstance(by, str) else by if isinstance(by, Sequence) else ()
        seeds = [name for name in self._results.seeds if name in named]
        if not seeds:
            return self._study
        survey = self._survey
        with Store.reader(self._results.folder) as store:
            outcomes = Survey(store, seeds).outcomes
        return study_of(outcomes, [*survey.swept, *seeds], common_baselines(survey.problems))

    def _check_trials(self) -> None:
        """Raise `SweepError` where no trial has a score."""
        if not len(self._study.score):
            raise SweepError(NO_TRIALS)

    def _check_losses(self) -> None:
        """Raise `SweepError` where no trial has a loss to draw."""
        self._check_trials()
        if self._study.diverged.all():
            raise SweepError(ALL_DIVERGED)

    def _check_settings(self) -> None:
        """Raise `SweepError` where there are no settings to compare."""
        self._check_trials()
        if not self._study.settings:
            raise SweepError(NO_SETTING)

    def _check_medians(self) -> None:
        """Raise `SweepError` where no settings, or none with a median loss, can be compared."""
        self._check_losses()
        self._check_settings()
        if np.isinf(self._study.median).all():
            raise SweepError(MOST_DIVERGED)

    def _by_largest_effect(self, by: Names) -> list[str]:
        """Return the names that `by` has; without them the setting with the largest effect."""
        if by is not None:
            return [setting.name for setting in settings_named(self._study, by, "by")]
        return [s.name for s in self._study.settings if not s.binned][:1]

    @property
    def _baseline(self) -> tuple[str, float] | None:
        """Name and loss of the best trivial predictor, where all trials share one."""
        return next(iter(self._study.baselines.items()), None)

    def _single(self, by: Names, role: str) -> Setting | None:
        """Return the setting that `by` names, if it names one."""
        return next(iter(settings_named(self._study, by or (), "by", (role,))), None)

    def _map_axes(self, x: str | None, y: str | None, by: Names) -> MapAxes:
        """Return the settings of a map: those that are named, and else those that show most."""
        self._check_settings()
        study = self._study
        usual = axes_settings(study)
        named = {
            argument: setting_named(study, name, argument)
            for argument, name in (("x", x), ("y", y))
            if name is not None
        }
        if across := self._single(by, "the panels"):
            named["by"] = across
        if len(study.settings) == 1:
            raise SweepError(
                f"a map needs two settings; {study.settings[0].name} alone varies in these results"
            )
        if not named and usual is None:
            raise SweepError(
                "a map needs two settings of which most combinations were tried; to draw what "
                "there is, name them with x and y"
            )
        if len({setting.name for setting in named.values()}) < len(named):
            names = ", ".join(f"{argument} is {s.name!r}" for argument, s in named.items())
            raise SweepError(f"{names}; they have to be different settings")
        for argument in ("x", "y"):
            if argument not in named:
                free = study.independent(named.values())
                candidates = [s for s in (*(usual or ())[:2], *free) if s in free]
                if not candidates:
                    raise SweepError(f"a map needs two settings; none is left for {argument}")
                named[argument] = candidates[0]
        x_setting, y_setting = named["x"], named["y"]
        return MapAxes(x_setting, y_setting, across or panels_setting(study, x_setting, y_setting))


# Why there is nothing to draw: the same sentence for every kind of picture.
NO_TRIALS = "no trial of these results has a score yet: none has ended, or all failed"
NO_SETTING = "no setting varies in these results, so that there is nothing to compare"
_WHERE = "plot.divergence() (on the command line plot --kind divergence) shows where, and when"
ALL_DIVERGED = (
    f"every trial of these results diverged, so that there is no loss to compare; {_WHERE}"
)
MOST_DIVERGED = (
    "half or more of the trials of every setting diverged, so that no setting has a median loss; "
    f"{_WHERE}"
)


def _drawn(figure: "Figure | None", why_not: str) -> "Figure":
    if figure is None:
        raise SweepError(why_not)
    return figure


DRAWN_TOGETHER = (
    "the settings of a random search are drawn together: no two trials differ in one setting "
    "alone, so that there is no gain of tuning one; plot.effects() and plot.importance() show what "
    "each does"
)


def check_not_drawn(outcomes: Outcomes, swept: Sequence[str]) -> None:
    """Raise `SweepError` where settings are draws, which pictures show in ranges."""
    if any(setting.binned for setting in study_of(outcomes, swept, {}).settings):
        raise SweepError(DRAWN_TOGETHER)
