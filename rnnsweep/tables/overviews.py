"""The methods of `Results` that say what all settings of a sweep reach."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rnnsweep.analysis.aggregates import aggregates
from rnnsweep.analysis.budget import budget
from rnnsweep.analysis.profiles import profile
from rnnsweep.analysis.seed_variance import SeedVariance, seed_variance_of
from rnnsweep.analysis.selection import Selection, read_selection
from rnnsweep.analysis.setting_scores import problems_in
from rnnsweep.analysis.trial_metrics import numbers_of
from rnnsweep.analysis.tunability import tunability

from .loaded_sweep import LoadedSweep

if TYPE_CHECKING:
    import pandas as pd


class Overviews(LoadedSweep):
    """A sweep of which all settings together are looked at."""

    def aggregates(
        self, by: str | Sequence[str] = (), metric: str = "best_val_loss"
    ) -> "pd.DataFrame":
        """Return mean, median and interquartile mean over many trials, each with an interval.

        Parameters
        ----------
        by : str or sequence of str
            Names of settings: a row for each combination of their values, over all trials with
            it. One row of all trials without any.
        metric : str
            A number of a trial, as for `compare`.

        Returns
        -------
        DataFrame
            The settings of `by`, then ``n``, ``n_diverged``, ``n_left_out`` (trials that failed),
            and ``mean``, ``median`` and ``iqm``, each with its 95 % interval over the seeds, as
            ``iqm_low`` and ``iqm_high``. A trial that diverged counts as infinite: so does a mean
            with one, and an interquartile mean with more than a quarter of them. ``attrs`` has
            ``metric``, ``better`` and ``over_baseline``.

        Raises
        ------
        SweepError
            If there is no such setting or metric, or no trial has a number.
        """
        from .frames import table_frame

        names = self._named(by)
        survey = self._survey_with([*self.swept, *self.seeds, *names], numbers_of(metric))
        computed = aggregates(survey.outcomes, names, metric)
        return table_frame({**computed.by, **computed.statistics}, computed.measured.words())

    def profile(
        self, by: str | Sequence[str] = (), metric: str = "best_val_loss"
    ) -> "pd.DataFrame":
        """Return which share of the trials, and of the settings, reaches a given loss.

        Parameters
        ----------
        by : str or sequence of str
            Names of settings: a profile for each combination of their values. One profile of all
            trials without any.
        metric : str
            A number of a trial, as for `compare`.

        Returns
        -------
        DataFrame
            The settings of `by`, then ``threshold`` (the loss, or another number, that is reached),
            ``share`` of the trials with its 95 % interval ``ci95_low, ci95_high`` over the seeds,
            and ``share_of_settings`` whose median over the seeds reaches it. The thresholds rise
            for a loss and fall for an accuracy, and are the same for all profiles. A trial that
            diverged reaches none. ``attrs`` has ``metric``, ``better``, ``over_baseline`` and
            ``n_failed``, the number of trials that are left out.

        Raises
        ------
        SweepError
            If there is no such setting or metric, or no trial has a number.
        """
        from .frames import table_frame

        names = self._named(by)
        survey = self._survey_with([*self.swept, *self.seeds, *names], numbers_of(metric))
        computed = profile(survey.outcomes, self.swept, names, metric)
        attrs = {**computed.measured.words(), "n_failed": computed.n_failed}
        return table_frame({**computed.by, **computed.statistics}, attrs)

    def budget(self, by: str | Sequence[str] | None = None) -> "pd.DataFrame":
        """Return what the best of n settings reaches, if n settings are drawn at random.

        It answers what a budget buys, and whether a cell or an activation that is better with every
        setting tried is also better with the few that one can afford.

        Parameters
        ----------
        by : str or sequence of str, optional
            Names of settings: for each combination of their values it is drawn from its settings.
            Left out: the settings in which problems differ, if any.

        Returns
        -------
        DataFrame
            The settings of `by`, then ``n``, ``n_settings`` to draw from, ``expected_val_loss``
            (the mean over the draws of which a setting does not diverge), ``low_val_loss,
            median_val_loss, high_val_loss`` (quartiles over all draws; infinite where all of a draw
            diverge), ``expected_test_loss`` of the setting that has the lowest validation loss, and
            ``probability_all_diverged``. ``attrs`` has ``over_baseline``.

        Raises
        ------
        SweepError
            If there is no such setting, no trial has a score, or problems differ within a group.
        """
        from .frames import table_frame

        names = problems_in(self._survey.outcomes, self.swept) if by is None else self._named(by)
        survey = self._survey_with([*self.swept, *names])
        computed = budget(survey.outcomes, self.swept, names)
        attrs = {"over_baseline": computed.over_baseline}
        return table_frame({**computed.by, **computed.statistics}, attrs)

    def tunability(self, default: Selection | None = None) -> "pd.DataFrame":
        """Return how much lower the loss gets if one setting is tuned and the others stay.

        Parameters
        ----------
        default : str or dict, optional
            Values of the default setting, as for `compare`. Settings that are not named have the
            default of the sweep file's key, or what was tried and is nearest to it; a word that was
            not tried gives way to the value that is best on average.

        Returns
        -------
        DataFrame
            A row for each ``setting``, the largest gain first, then one for all together:
            ``default``, ``tuned`` (the value with the lowest validation loss), ``n_values``,
            ``default_val_loss``, ``tuned_val_loss``, their difference ``gain``, and the same of the
            test loss: ``default_test_loss``, ``tuned_test_loss``, ``test_gain``. Losses are medians
            over the seeds, and means over problems. ``attrs`` has ``default`` and
            ``over_baseline``.

        Raises
        ------
        SweepError
            If there is no such setting or value, no trial has a score, or no setting varies.
        """
        from rnnsweep.sweepfile.defaults import default_settings

        from .frames import table_frame

        named = {} if default is None else read_selection(default)
        self._named([*named])
        computed = tunability(self._survey.outcomes, self.swept, named, default_settings())
        # Settings of which none can be changed alone are a single row, and that of all together.
        if len(computed.settings) == 2 and computed.settings[0] not in self.swept:
            from .plotting import check_not_drawn

            check_not_drawn(self._survey.outcomes, self.swept)
        columns = {
            "setting": computed.settings,
            "default": computed.default,
            "tuned": computed.tuned,
            **computed.statistics,
        }
        attrs = {"default": computed.default_text, "over_baseline": computed.over_baseline}
        return table_frame(columns, attrs)

    def seed_variance(self, measure: str = "rank") -> "pd.DataFrame":
        """Return which seed the scatter among trials of one setting comes from.

        The sweep has to cross several seeds, as every `seed_data` with every `seed_init` in
        ``[grid]``. Trials that diverged count as the worst; settings without a result for every
        combination of the seeds are left out.

        Parameters
        ----------
        measure : str
            What the scatter is of: ``"rank"`` of the best validation losses, or their logarithm,
            ``"log_loss"``.

        Returns
        -------
        DataFrame
            A row for each ``seed`` that varies, and one for "interactions of seeds", what no seed
            makes by itself: its ``share`` of the scatter (all add up to 1) with the 95 % interval
            ``ci95_low, ci95_high``, which is NaN where a seed has two values. ``attrs`` has
            ``measure``, ``note``, ``n_settings``, ``n_trials``, ``n_left_out`` and ``n_diverged``.

        Raises
        ------
        SweepError
            If there is no such measure, or the trials do not say where their scatter comes from.
        """
        from .frames import table_frame

        scatter = self.seeds_explained(measure)
        columns = {
            "seed": [part.name for part in scatter.parts],
            "share": [part.share for part in scatter.parts],
            "ci95_low": [part.low for part in scatter.parts],
            "ci95_high": [part.high for part in scatter.parts],
        }
        facts = ("measure", "note", "n_settings", "n_trials", "n_left_out", "n_diverged")
        return table_frame(columns, {name: getattr(scatter, name) for name in facts})

    def seeds_explained(self, measure: str = "rank") -> SeedVariance:
        """Return what `seed_variance` does in plain objects."""
        return seed_variance_of(self._survey_with(self.seeds).outcomes, self.swept, measure)
