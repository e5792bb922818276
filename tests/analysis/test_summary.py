"""The summary of each setting's trials equals that of a naive twin."""

import math
import statistics

import numpy as np
import pandas as pd
import scipy.stats
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rnnsweep.analysis.outcomes import Outcomes
from rnnsweep.analysis.summary import STATISTICS, summarise
from rnnsweep.record import STATUSES
from rnnsweep.tables.frames import summary_frame

# 0.975 quantiles of Student's t for 1, 2, ... degrees of freedom, from printed tables
T_975 = [12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281]


UNBROKEN = ("complete", "solved", "stopped")


def naive_summary(trials, by):
    """Return the summary, computed setting by setting in plain Python, as a list of dicts."""
    groups = {}
    counted = [trial for trial in trials if trial["status"] != "failed"]
    over_baseline = len({trial["task_noise"] for trial in counted}) > 1 and all(
        (trial["baseline"] or 0) > 0 for trial in counted
    )
    for trial in trials:
        groups.setdefault(tuple(trial[name] for name in by), []).append(trial)
    rows = []
    for key, members in groups.items():
        status = [trial["status"] for trial in members]
        losses = [t["best_val_loss"] for t in members if t["status"] in UNBROKEN]
        row = dict(zip(by, key, strict=True))
        row["n"] = len(members)
        row["n_complete"] = sum(status.count(name) for name in UNBROKEN)
        row["n_diverged"] = status.count("diverged")
        row["n_failed"] = status.count("failed")
        row["mean"] = statistics.fmean(losses) if losses else math.nan
        row["std"] = statistics.stdev(losses) if len(losses) > 1 else math.nan
        half = math.nan
        if len(losses) > 1:
            by_seed = {}
            for t in members:
                if t["status"] in UNBROKEN:
                    by_seed.setdefault(t["seed"], []).append(t["best_val_loss"] - row["mean"])
            k = len(by_seed)
            if k > 1:
                square = k / (k - 1) * sum(sum(each) ** 2 for each in by_seed.values())
                half = T_975[k - 2] * math.sqrt(square) / len(losses) / row["mean"]
        row["ci95_low"], row["ci95_high"] = (row["mean"] * math.exp(end) for end in (-half, half))
        row["median"] = statistics.median(losses) if losses else math.nan
        shown = sorted([*losses, *[math.inf] * row["n_diverged"]])
        iqm = scipy.stats.trim_mean(shown, 0.25) if shown else math.nan
        row["iqm"] = iqm if math.isfinite(iqm) else math.nan
        tested = [t["test_loss"] for t in members if t["status"] in UNBROKEN]
        row["median_test_loss"] = statistics.median(tested) if tested else math.nan
        measured = [t for t in members if t["status"] != "failed"]
        trivial = [t["test_baseline"] for t in measured]
        alike = len({t["task_noise"] for t in measured}) == 1 or len(set(trivial)) == 1
        row["test_baseline"] = statistics.median(trivial) if trivial and alike else math.nan
        ranked = [
            t["best_val_loss"] / (t["baseline"] if over_baseline else 1)
            for t in members
            if t["status"] in UNBROKEN
        ] + [math.inf] * row["n_diverged"]
        # a setting of which every trial failed comes after those that diverged
        row["by"] = (0, statistics.median(ranked)) if ranked else (1, 0.0)
        rows.append(row)
    for row in rows:
        row["rank"] = 1 + sum(other["by"] < row["by"] for other in rows)
    for row in sorted(rows, key=lambda row: row["rank"]):
        del row["by"]
        yield row


LOSSES = st.one_of(st.sampled_from([0.25, 0.5, 1.0]), st.floats(1e-6, 1e6))


TRIALS = st.lists(
    st.fixed_dictionaries(
        {
            "status": st.sampled_from(STATUSES),
            "hidden_size": st.sampled_from([8, 16]),
            "activation": st.sampled_from(["tanh", "relu"]),
            "task_noise": st.sampled_from([None, 0.5]),
            "baseline": st.sampled_from([0.25, 0.5, 2.0]),
            "best_val_loss": LOSSES,
            "test_loss": LOSSES,
            "test_baseline": LOSSES,
            "seed": st.integers(0, 5),
        }
    ),
    min_size=1,
    max_size=11,
)


KEYS = ["hidden_size", "activation", "task_noise"]


def summary_of(trials, by):
    """Return the summary of trials that are dicts."""

    def numbers(name):
        values = [math.nan if it["status"] == "failed" else it[name] for it in trials]
        return np.array([math.nan if value is None else value for value in values], float)

    missing = np.full(len(trials), math.nan)
    outcomes = Outcomes(
        [f"t{i}" for i in range(len(trials))],
        [trial["status"] for trial in trials],
        {name: [trial[name] for trial in trials] for name in (*KEYS, "seed")},
        {
            "best_val_loss": numbers("best_val_loss"),
            "baseline": numbers("baseline"),
            "test_loss": numbers("test_loss"),
            "test_baseline": numbers("test_baseline"),
            "updates_to_success": missing,
        },
    )
    return summary_frame(summarise(outcomes, by, success=False))


@hypothesis_settings(deadline=None)  # the first example imports
@given(
    trials=TRIALS,
    by=st.lists(st.sampled_from(KEYS), unique=True),
    without=st.none() | st.tuples(st.integers(0, 10), st.sampled_from([None, 0.0])),
)
def test_the_summary_equals_that_of_the_naive_twin(trials, by, without):
    if without is not None:  # a trial without a baseline, or with one of 0
        place, baseline = without
        trials[place % len(trials)]["baseline"] = baseline
    summary = summary_of(trials, by)
    expected = pd.DataFrame(naive_summary(trials, by))
    assert list(summary.columns) == [*by, *STATISTICS]
    estimates = ("mean", "std", "ci95_low", "ci95_high", "iqm")
    exact = [name for name in summary if name not in estimates]
    pd.testing.assert_frame_equal(
        summary[exact], expected[exact], check_dtype=False, check_exact=True
    )
    mean, std = expected["mean"], expected["std"]
    log_high = np.log(expected["ci95_high"] / mean)
    # Sums of up to eleven numbers in another order: the rounding goes with their size. The printed
    # table has t to four decimals, 2.3e-5 of the smallest; t / sqrt(n) is 9 at most, and so is
    # the logarithm of an end over the mean, by which an error of t is multiplied.
    ends = 3e-5 * log_high + 1e-11
    tolerances = {
        "mean": 1e-12 * mean,
        "iqm": 1e-12 * expected["iqm"],
        "std": 1e-12 * (mean + std),
        "ci95_low": ends * expected["ci95_low"],
        "ci95_high": ends * expected["ci95_high"],
    }
    for name, tolerance in tolerances.items():
        assert summary[name].isna().equals(expected[name].isna()), name
        difference = abs(summary[name] - expected[name])
        assert ((difference <= tolerance) | expected[name].isna()).all(), name


def test_a_setting_is_not_ranked_by_its_surviving_trials_alone():
    def seeds(size, *losses):
        return [
            {
                "status": "diverged" if loss is None else "complete",
                "hidden_size": size,
                "activation": "tanh",
                "task_noise": None,
                "baseline": 0.2,
                "best_val_loss": 0.001 if loss is None else loss,
                "test_loss": 0.002 if loss is None else 2 * loss,
                "test_baseline": 0.3,
                "seed": seed,
            }
            for seed, loss in enumerate(losses)
        ]

    trials = seeds(8, 0.01, None, None) + seeds(16, 0.5, 0.6, 0.7) + seeds(32, 0.02, 0.03, None)
    summary = summary_of(trials, ["hidden_size"])
    assert summary["hidden_size"].tolist() == [32, 16, 8]
    assert summary["rank"].tolist() == [1, 2, 3]
    assert summary["median"].tolist() == [0.025, 0.6, 0.01]
    assert summary["median_test_loss"].tolist() == [0.05, 1.2, 0.02]  # of the same trials
