"""The results of a sweep as Python sees them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from rnnsweep.analysis.baselines import ProblemBaselines, common_baselines
from rnnsweep.analysis.paired import Comparison, compare
from rnnsweep.analysis.pairs import pairs_of_settings, pairs_of_sweeps
from rnnsweep.analysis.ranking import ranking_of
from rnnsweep.analysis.selection import Selection, read_selection
from rnnsweep.analysis.summary import Summary, summarise
from rnnsweep.analysis.survey import Survey
from rnnsweep.analysis.trial_metrics import numbers_of
from rnnsweep.errors import SweepError, in_python_words
from rnnsweep.record import STATUSES
from rnnsweep.store.store import Store
from rnnsweep.suggestions import allowed
from rnnsweep.vocabulary import SEEDS
from rnnsweep.whole_numbers import whole

if TYPE_CHECKING:
    import pandas as pd

    from .plotting import Plots


class Results:
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

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        with Store.reader(self.folder) as store:
            info = store.info()
        self.swept, self.seeds = list(info.swept), list(info.seeds)

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

    def summary(self, by: str | Sequence[str] | None = None) -> "pd.DataFrame":
        """Return statistics over the trials of each setting, the best setting first.

        Parameters
        ----------
        by : str or sequence of str, optional
            Names of the settings to distinguish; all that the sweep varies if left out. Trials
            that agree in them form one row.

        Returns
        -------
        DataFrame
            The columns of ``summary.csv``: the settings, then statistics of ``best_val_loss``
            such as ``n``, ``mean``, ``ci95_low``, ``ci95_high``, ``median`` and ``rank``.

        Raises
        ------
        SweepError
            If a name in `by` is not a setting of these trials.
        """
        from .frames import summary_frame

        return summary_frame(self.summarised(by))

    def summarised(self, by: str | Sequence[str] | None = None) -> Summary:
        """Return what `summary` does in plain lists and arrays."""
        names = self._named(by)
        survey = self._survey_with(names)
        return summarise(survey.outcomes, names, survey.success)

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

    def compare(
        self,
        a: "Selection | Results",
        b: "Selection | None" = None,
        metric: str = "best_val_loss",
    ) -> "pd.DataFrame":
        """Return the paired comparison of two settings, or of this sweep with another one.

        A pair is two trials with the same seed that differ in the compared settings alone.

        Parameters
        ----------
        a, b : str or dict, or Results
            Settings, as ``"activation=relu,hidden_size=32"`` or ``{"activation": "relu"}``. Or `a`
            is the results of another sweep, without `b`: the sweep itself is compared with it.
        metric : str
            A number of a trial: ``best_val_loss``, ``test_loss``, ``final_val_loss``,
            ``final_train_loss``, ``best_val_accuracy``, ``test_accuracy``, ``updates_to_success``
            or ``sequences_to_success``.

        Returns
        -------
        DataFrame
            The first row is for all pairs; then comes a row for each value of each ``setting`` in
            which pairs vary. The columns are ``setting, value, n_pairs, n_seeds, n_left_out``
            (pairs with a trial that failed), ``n_diverged_a, n_diverged_b, n_in_mean`` (pairs of
            which neither diverged), over these ``mean_a, mean_b, mean_difference`` (a - b) with its
            95 % interval ``ci95_low, ci95_high``, over all pairs ``probability_of_improvement`` (a
            is better than b) with ``probability_low, probability_high``, and ``seeds_to_settle``,
            how many seeds would show such a difference. ``attrs`` has ``a``, ``b``, ``metric``,
            ``better`` ("lower" or "higher"), ``over_baseline`` and ``notes``.

        Raises
        ------
        SweepError
            If there is no such setting, value, metric or pair, or the problems differ.
        """
        from .frames import comparison_frame

        return comparison_frame(self.compared(a, b, metric))

    def compared(
        self,
        a: "Selection | Results",
        b: "Selection | None" = None,
        metric: str = "best_val_loss",
    ) -> Comparison:
        """Return what `compare` does in plain lists."""
        numbers = numbers_of(metric)
        if isinstance(a, Results):
            if b is not None:
                raise SweepError("two sweeps are compared as a whole: give no b")
            sweeps = {
                folder: sweep._survey_with(sweep._survey.settings, numbers).outcomes
                for folder, sweep in ((str(self.folder), self), (str(a.folder), a))
            }
            return compare(pairs_of_sweeps(sweeps), metric)
        if b is None:
            raise SweepError("compare needs two settings, or the results of another sweep")
        sides = read_selection(a), read_selection(b)
        seeds = [name for name in SEEDS if name in self._survey.settings]
        names = [*self._named([*sides[0], *sides[1]]), *seeds]
        outcomes = self._survey_with(names, numbers).outcomes
        return compare(pairs_of_settings(outcomes, self.swept, *sides), metric)

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

    @cached_property
    def plot(self) -> "Plots":
        """The pictures: ``results.plot.curves()`` returns a matplotlib figure."""
        from .plotting import Plots

        return Plots(self, self._survey)

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
        return f"Results({str(self.folder)!r}, {counts.total} trials: {', '.join(parts)})"

    def _repr_html_(self) -> str:
        """Return what a notebook shows of the results."""
        from .notebook_view import html_of

        return html_of(self)

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
                raise SweepError(f"no setting {name!r} in these results; {allowed(name, known)}")
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
