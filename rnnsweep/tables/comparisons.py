"""The methods of `Results` that compare settings."""

from typing import TYPE_CHECKING

from rnnsweep.analysis.chosen import Chosen, chosen
from rnnsweep.analysis.compared import Compared, facts, table_columns
from rnnsweep.analysis.paired import Comparison, compare
from rnnsweep.analysis.pairs import pairs_of_settings, pairs_of_sweeps
from rnnsweep.analysis.selection import Selection, read_selection
from rnnsweep.analysis.setting_scores import SCORE, TEST
from rnnsweep.analysis.trial_metrics import numbers_of
from rnnsweep.analysis.values import ValueComparison, compare_values
from rnnsweep.errors import SweepError
from rnnsweep.suggestions import allowed

from .overviews import Overviews

if TYPE_CHECKING:
    import pandas as pd


class Comparisons(Overviews):
    """A sweep whose settings can be compared."""

    def compare(
        self,
        a: "Selection | Comparisons",
        b: Selection | None = None,
        metric: str | None = None,
        best: bool = False,
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
            or ``sequences_to_success``. Left out: ``best_val_loss``, and ``test_loss`` with `best`.
        best : bool
            Compare of each side only the setting with the lowest validation loss: what each
            reaches after tuning. Its test loss, by which it was not chosen, is the fair number.

        Returns
        -------
        DataFrame
            The first row is for all pairs; then comes a row for each value of each ``setting`` in
            which pairs vary. The columns are ``setting, value, n_pairs, n_seeds, n_left_out``
            (pairs with a trial that failed), ``n_diverged_a, n_diverged_b, n_in_mean`` (pairs of
            which neither diverged) and ``n_seeds_in_mean``, over these ``mean_a, mean_b,
            mean_difference`` (a - b) with its 95 % interval ``ci95_low, ci95_high``, over all pairs
            ``probability_of_improvement`` (a is better than b) with ``probability_low,
            probability_high``, and ``seeds_to_settle``, how many seeds would show such a difference
            (and, where trials diverged, such a probability). ``attrs`` has ``a``, ``b``,
            ``metric``, ``better`` ("lower" or "higher"), ``over_baseline``, ``verdict`` and
            ``notes``.

        Raises
        ------
        SweepError
            If there is no such setting, value, metric or pair, or the problems differ.
        """
        return _frame(self.compared(a, b, metric, best))

    def compared(
        self,
        a: "Selection | Comparisons",
        b: Selection | None = None,
        metric: str | None = None,
        best: bool = False,
    ) -> Comparison:
        """Return what `compare` does in plain lists."""
        metric = metric or (TEST if best else SCORE)
        numbers = numbers_of(metric)
        if isinstance(a, Comparisons):
            if b is not None:
                raise SweepError("two sweeps are compared as a whole: give no b")
            sweeps = {
                folder: sweep._survey_with(sweep._survey.settings, numbers).outcomes
                for folder, sweep in ((str(self.folder), self), (str(a.folder), a))
            }
            return compare(pairs_of_sweeps(sweeps, best), metric)
        if b is None:
            raise SweepError(
                "compare needs two settings, or the results of another sweep; compare_values takes "
                "the name of one setting"
            )
        sides = read_selection(a), read_selection(b)
        names = [*self._named([*sides[0], *sides[1]]), *self.seeds]
        outcomes = self._survey_with(names, numbers).outcomes
        return compare(pairs_of_settings(outcomes, self.swept, *sides, best), metric)

    def compare_values(
        self, setting: str, metric: str | None = None, best: bool = False
    ) -> "pd.DataFrame":
        """Return the paired comparison of every value of a setting with the best one.

        Parameters
        ----------
        setting : str
            The name of a setting that varies.
        metric, best
            As for `compare`.

        Returns
        -------
        DataFrame
            A row for each other value; the columns are those of `compare`, where `a` is the value
            and `b` the best one: the value with the best mean rank, or with `best` the one that
            reaches the lowest validation loss. ``attrs["b"]`` names it.

        Raises
        ------
        SweepError
            If there is no such setting or metric, it has one value, or a value has no pairs.
        """
        return _frame(self.compared_values(setting, metric, best))

    def compared_values(
        self, setting: str, metric: str | None = None, best: bool = False
    ) -> ValueComparison:
        """Return what `compare_values` does in plain lists."""
        metric = metric or (TEST if best else SCORE)
        if setting not in self.swept:
            raise SweepError(f"no setting {setting!r} varies; {allowed(setting, self.swept)}")
        outcomes = self._survey_with([*self.swept, *self.seeds], numbers_of(metric)).outcomes
        return compare_values(outcomes, self.swept, setting, metric, best)

    def chosen(self) -> "pd.DataFrame":
        """Return the setting with the lowest validation loss, and its test loss to report.

        The setting was chosen by its validation loss, so that this number flatters it: the test
        loss does not.

        Returns
        -------
        DataFrame
            A row for each problem of the sweep: the settings that vary, ``n`` and ``n_diverged``
            of the setting's trials, and medians over those that did not fail, with a diverged
            trial as infinite: ``median_val_loss``, ``median_test_loss``, and ``test_baseline``,
            the test loss of the best trivial predictor.

        Raises
        ------
        SweepError
            If no trial has a score yet.
        """
        from .frames import table_frame

        computed = self.chosen_settings()
        return table_frame({**computed.settings, **computed.statistics}, {})

    def chosen_settings(self) -> Chosen:
        """Return what `chosen` does in plain lists."""
        return chosen(self._survey.outcomes, self.swept)


def _frame(compared: Compared) -> "pd.DataFrame":
    """Return the table of a comparison."""
    from .frames import table_frame

    return table_frame(table_columns(compared), facts(compared))
