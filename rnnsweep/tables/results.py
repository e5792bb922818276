"""The results of a sweep as Python sees them."""

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from rnnsweep.analysis.baselines import ProblemBaselines, common_baselines
from rnnsweep.analysis.forecast import Forecast
from rnnsweep.analysis.importance import Importance, importance_of
from rnnsweep.analysis.ranking import ranking_of
from rnnsweep.analysis.summary import DEFAULT_METRIC, Summary, summarise
from rnnsweep.analysis.trial_metrics import numbers_of
from rnnsweep.errors import SweepError, in_python_words
from rnnsweep.record import STATUSES
from rnnsweep.store.folder import Folder
from rnnsweep.store.store import Store
from rnnsweep.whole_numbers import whole

from .comparisons import Comparisons
from .forecast_csv import NoForecastError, read_forecast

if TYPE_CHECKING:
    import pandas as pd

    from .plotting import Plots


class Results(Comparisons):
    """The results of a sweep, which `run` and `load` return; a table is read when first used.

    Attributes
    ----------
    folder : Path
        The results folder.
    swept : list of str
        Names of the settings that vary, without the seeds.
    seeds : list of str
        Names of the seeds: "seed", and those of seed_data, seed_init and seed_order that the
        sweep file has.
    """

    # pandas takes longer to load than a small sweep's tables to write: only where it is asked for.

    @cached_property
    def trials(self) -> "pd.DataFrame":
        """DataFrame with the columns of ``trials.csv``, one row per trial that has ended.

        Whole numbers with gaps are ``Int64``, losses ``float64``; a setting that is a list is
        JSON text.
        """
        from .frames import trials_frame

        with Store.reader(self.folder) as store:
            return trials_frame(store)

    @cached_property
    def epochs(self) -> "pd.DataFrame":
        """DataFrame with the columns of ``epochs.csv``, one row per trial and epoch.

        NaN where a trial has no such column, or no number there.
        """
        from .frames import epochs_frame

        with Store.reader(self.folder) as store:
            return epochs_frame(store)

    def summary(
        self, by: str | Sequence[str] | None = None, metric: str = DEFAULT_METRIC
    ) -> "pd.DataFrame":
        """Return statistics over the trials of each setting, the best setting first.

        Parameters
        ----------
        by : str or sequence of str, optional
            Names of the settings to distinguish; all that the sweep varies if left out. Trials
            that agree in them form one row.
        metric : str
            The number of a trial that the statistics are of, and the ranks; those of `compare`.

        Returns
        -------
        DataFrame
            The columns of ``summary.csv``: the settings, then statistics of the metric such as
            ``n``, ``mean``, ``ci95_low``, ``ci95_high``, ``median`` and ``rank``. The interval is
            of the mean over the seeds: ``attrs["ci95_over"]`` says over how many ("3 seeds").

        Raises
        ------
        SweepError
            If a name in `by` is not a setting of these trials, or no trial has the metric.
        """
        from .frames import summary_frame

        return summary_frame(self.summarised(by, metric))

    def summarised(
        self, by: str | Sequence[str] | None = None, metric: str = DEFAULT_METRIC
    ) -> Summary:
        """Return what `summary` does in plain lists and arrays."""
        names = self._named(by)
        numbers = () if metric == DEFAULT_METRIC else numbers_of(metric)
        survey = self._survey_with(names, numbers)
        return summarise(survey.outcomes, names, survey.success, metric)

    def curves(self, by: str | Sequence[str] | None = None) -> "pd.DataFrame":
        """Return the median validation loss of each setting after each epoch.

        A trial that diverged counts as infinite from that epoch on, so a median is infinite where
        half of the trials or more have diverged. A trial that ended early in another way keeps
        its last loss. (The median over the rows of `epochs` is that of the survivors alone.)

        Parameters
        ----------
        by : str or sequence of str, optional
            Names of the settings to distinguish; all that the sweep varies if left out.

        Returns
        -------
        DataFrame
            One row per epoch, from 0, and one column per setting, in the order of trials. A
            column is named by the setting's value, or by the tuple of its values; it is NaN
            after the last epoch of its trials.

        Raises
        ------
        SweepError
            If a name in `by` is not a setting of these trials.
        """
        from .frames import curves_frame

        names = self._named(by)
        outcomes = self._survey_with(names).outcomes
        with Store.reader(self.folder) as store:
            return curves_frame(outcomes, names, store.epochs_of)

    def importance(self, measure: str = "rank") -> "pd.DataFrame":
        """Return how much each setting matters: its share of the variance of the trials' losses.

        On a full grid this is an exact analysis of variance. Otherwise a random forest gives an
        estimate (fANOVA), which needs ``pip install "rnnsweep[search]"``. Trials that diverged
        count as the worst; those that failed, or have not ended, are left out.

        Parameters
        ----------
        measure : str
            What the variance is of: ``"rank"`` of the best validation losses, or their logarithm,
            ``"log_loss"``.

        Returns
        -------
        DataFrame
            A row for each setting, each pair, the higher orders together, and the seeds. The
            columns are ``settings`` ("activation", "activation x hidden_size", "higher orders",
            "seed"), ``kind``, and ``share`` (all add up to 1). An exact analysis has the degrees of
            freedom ``df`` and the sum of squares ``sum_sq``, of which ``share`` is the share in the
            total; and ``corrected_share``, an estimate without the luck of the seeds, with its 95 %
            interval ``ci95_low, ci95_high``. ``attrs`` has ``measure``, ``method`` ("anova", or
            "fanova" for an estimate), ``note``, ``n_trials``, ``n_diverged``, ``n_failed`` and
            ``n_pending``.

        Raises
        ------
        SweepError
            If there is no such measure, nothing varies, or an estimate needs what is not installed.
        """
        from .frames import importance_frame

        return importance_frame(self.explained(measure))

    def explained(self, measure: str = "rank") -> Importance:
        """Return what `importance` does in plain objects."""
        survey = self._survey
        return importance_of(survey.outcomes, self.swept, measure, n_pending=survey.n_pending)

    def best(self, n: int = 5) -> "pd.DataFrame":
        """Return the first rows of the summary.

        Parameters
        ----------
        n : int
            The number of rows, at least 1.

        Returns
        -------
        DataFrame

        Raises
        ------
        SweepError
            If `n` is not a whole number of at least 1.
        """
        return self.summary().head(whole("n", n, 1, SweepError))

    def trial_toml(self, trial_id: str = "best") -> str:
        """Return the sweep file that trains one trial alone, with the same id and result.

        Parameters
        ----------
        trial_id : str
            The trial: its id, the beginning of it, or "best".

        Returns
        -------
        str
            The text of a file, which has to be put into the folder of the sweep file if the trial
            is made from other files, such as a CSV file.

        Raises
        ------
        SweepError
            If there is no such trial, or the sweep file that was run last does not have it.
        """
        from .trial_view import view_trial

        with Store.reader(self.folder) as store:
            return view_trial(store, trial_id).toml()

    @cached_property
    def plot(self) -> "Plots":
        """The pictures: ``results.plot.curves()`` returns a matplotlib figure."""
        from .plotting import Plots

        return Plots(self, self._survey)

    def forecast(self) -> "pd.DataFrame":
        """Return the true values, the forecasts of the best network, and naive ones.

        Returns
        -------
        DataFrame
            One row per forecast of the validation and the test part, in the units of the series:
            ``part``, ``row`` (in the order of time; or ``sequence`` where the task draws
            sequences), perhaps ``time``, ``truth``, ``network``, ``mean`` and perhaps
            ``persistence`` and ``seasonal_naive``. Its ``attrs`` have
            ``trial_id``, ``target``, ``horizon``, ``season`` and ``verdict``, which says whether
            the network beats the naive forecasts on the test part.

        Raises
        ------
        SweepError
            If there is no forecast: the task is none, or no network of it is saved.
        """
        from .frames import forecast_frame

        return forecast_frame(self.forecasted())

    def forecast_errors(self) -> "pd.DataFrame":
        """Return how wrong the forecasts were: ``part``, ``predictor``, ``n``, ``rmse``, ``mae``.

        Errors are in the units of the series. Raises what `forecast` does.
        """
        from .frames import forecast_errors_frame

        return forecast_errors_frame(self.forecasted())

    def forecasted(self) -> Forecast:
        """Return what `forecast` does in arrays."""
        outcomes = self._survey.outcomes
        best = ranking_of(outcomes).best()
        with Store.reader(self.folder) as store:
            return read_forecast(store, None if best is None else outcomes.trial_id[best])

    def forecast_verdict(self) -> str:
        """Return whether the best network beats naive forecasts on the test part.

        Empty where there is no forecast.
        """
        if not Folder(self.folder).forecast_csv.exists():
            return ""
        try:
            return self.forecasted().verdict()
        except NoForecastError:  # those of an earlier best network
            return ""

    @property
    def over_baseline(self) -> bool:
        """Whether trials are ranked by their loss divided by their baseline.

        They are where the trials' problems differ, so that losses alone cannot be compared, and
        each trial has a baseline.
        """
        return ranking_of(self._survey.outcomes).over_baseline

    def baselines(self) -> dict[str, float]:
        """Return the validation loss of each trivial predictor, the lowest first.

        Each is the mean over the trials. Empty where there is none, and where the trials'
        problems differ.
        """
        return common_baselines(self.baselines_by_problem())

    def baselines_by_problem(self) -> list[ProblemBaselines]:
        """Return the validation losses of the trivial predictors for each problem of the sweep.

        Each item has `settings`, a dict of those that distinguish the problem, and `losses`, a
        dict by the names of the predictors. Two trials have different problems where they differ
        in the task, in a key of the task or in the loss. Problems come in the order of trials.
        """
        return list(self._survey.problems)

    def errors(self) -> Counter[str]:
        """Return a Counter: the messages of failed trials, and how many trials failed with each."""
        return Counter(self._survey.errors)

    def n_timed_out(self) -> int:
        """Return how many trials failed since they took longer than trial_timeout."""
        return self._survey.n_timed_out

    def __repr__(self) -> str:
        with Store.reader(self.folder) as store:
            counts = store.counts()
        statuses = (*STATUSES, "pending")
        parts = [f"{number} {word}" for word in statuses if (number := getattr(counts, word))]
        trials = "trial" if counts.total == 1 else "trials"
        return f"Results({str(self.folder)!r}, {counts.total} {trials}: {', '.join(parts)})"

    def _repr_html_(self) -> str:
        """Return what a notebook shows of the results."""
        from .notebook_view import html_of

        return html_of(self)


@in_python_words()
def load(folder: str | Path) -> Results:
    """Open the results of a sweep, finished or not.

    Parameters
    ----------
    folder : str or Path
        The results folder, such as ``results/grid``.

    Returns
    -------
    Results

    Raises
    ------
    ResultsError
        If the folder has no results, or they cannot be read.
    """
    return Results(folder)
