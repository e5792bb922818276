"""What the seeds of a setting say together: the summary of a table of trials."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import stdtrit  # scipy.stats has the same and takes a second to import

from .errors import SweepError, nearest
from .ranking import hashable, ranking

STATISTICS = (
    "n",
    "n_complete",
    "n_diverged",
    "n_failed",
    "mean",
    "std",
    "ci95_low",
    "ci95_high",
    "median",
    "rank",
)
# Beside them where a trial has a success criterion: n_solved after n_failed, the other before rank.
OF_SUCCESS = ("n_solved", "median_updates_to_success")


def summary_frame(trials: pd.DataFrame, by: str | Sequence[str]) -> pd.DataFrame:
    """Summarise `best_val_loss` for each setting, the best setting first.

    Parameters
    ----------
    trials : DataFrame
        The table of trials.
    by : str or sequence of str
        Columns of settings; trials that agree in them are taken together. None at all gives one
        row for all trials.

    Returns
    -------
    DataFrame
        The columns of `by`, then `STATISTICS`. Mean, std (ddof 1), the 95 % t interval of the mean
        and the median are over the trials that neither diverged nor failed; `n_complete` counts
        those, solved and stopped ones too. The rank goes by another median, in which a diverged
        trial counts as infinite, and failed ones not at all; where the problems differ it is that
        of the losses over their baselines (`ranking`). Equal ranks stand in the order of trials.
        `OF_SUCCESS` are there where the table of trials tells of success: the median of
        `updates_to_success` over the trials that did not fail, one that was not solved counting
        as infinite, so it is empty unless more than half were solved.

    Raises
    ------
    SweepError
        If a column of `by` is no setting of these trials.
    """
    by = list(dict.fromkeys([by] if isinstance(by, str) else by))
    # after trial_id and status
    settings = list(trials.columns[2 : trials.columns.get_loc("n_params")])
    for name in by:
        if name not in settings:
            raise SweepError(f"no setting {name!r} in these results; {nearest(name, settings)}")
    codes: dict[tuple[object, ...], int] = {}
    keys = zip(*(hashable(trials[name]) for name in by), strict=True) if by else [()] * len(trials)
    group = np.array([codes.setdefault(key, len(codes)) for key in keys], dtype=np.int64)

    diverged, failed = (trials["status"].eq(status) for status in ("diverged", "failed"))
    loss = trials["best_val_loss"].mask(diverged | failed)
    ranked = pd.Series(ranking(trials).scores, trials.index)
    over = loss.groupby(group)
    with np.errstate(over="ignore", invalid="ignore"):  # losses near the largest number there is
        count, mean, std = over.count().to_numpy(), over.mean().to_numpy(), over.std().to_numpy()
        half = stdtrit(count - 1, 0.975) * std / np.sqrt(count)
        ci95_low, ci95_high = mean - half, mean + half
        median = over.median().to_numpy()
        ranked_median = ranked.groupby(group).median()

    first = trials.groupby(group).head(1)
    summary = first[by].reset_index(drop=True)
    summary["n"] = loss.groupby(group).size().to_numpy()
    summary["n_complete"] = (~(diverged | failed)).groupby(group).sum().to_numpy()
    summary["n_diverged"] = diverged.groupby(group).sum().to_numpy()
    summary["n_failed"] = failed.groupby(group).sum().to_numpy()
    told_of_success = "updates_to_success" in trials
    if told_of_success:
        summary["n_solved"] = trials["status"].eq("solved").groupby(group).sum().to_numpy()
    summary["mean"] = mean
    summary["std"] = std
    summary["ci95_low"] = ci95_low
    summary["ci95_high"] = ci95_high
    summary["median"] = median
    if told_of_success:
        updates = trials["updates_to_success"].astype("float64").fillna(np.inf).mask(failed)
        middle = updates.groupby(group).median().to_numpy()
        summary["median_updates_to_success"] = np.where(np.isinf(middle), np.nan, middle)
    ranks = ranked_median.rank(method="min", na_option="bottom")
    summary["rank"] = ranks.to_numpy().astype(np.int64)
    return summary.sort_values("rank", kind="stable", ignore_index=True)
