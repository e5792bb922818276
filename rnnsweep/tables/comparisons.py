"""The methods of `Results` that compare settings."""

from typing import TYPE_CHECKING

from rnnsweep.analysis.paired import Comparison, compare
from rnnsweep.analysis.pairs import pairs_of_settings, pairs_of_sweeps
from rnnsweep.analysis.selection import Selection, read_selection
from rnnsweep.analysis.trial_metrics import numbers_of
from rnnsweep.errors import SweepError

from .stored_sweep import StoredSweep

if TYPE_CHECKING:
    import pandas as pd


class Comparisons(StoredSweep):
    """A sweep whose settings can be compared."""

    def compare(
        self,
        a: "Selection | Comparisons",
        b: Selection | None = None,
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
        a: "Selection | Comparisons",
        b: Selection | None = None,
        metric: str = "best_val_loss",
    ) -> Comparison:
        """Return what `compare` does in plain lists."""
        numbers = numbers_of(metric)
        if isinstance(a, Comparisons):
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
        names = [*self._named([*sides[0], *sides[1]]), *self.seeds]
        outcomes = self._survey_with(names, numbers).outcomes
        return compare(pairs_of_settings(outcomes, self.swept, *sides), metric)
