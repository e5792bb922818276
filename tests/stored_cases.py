"""The invented tables of `plot_cases` as a results folder."""

import numpy as np
from plot_cases import epochs_of

from rnnsweep.record import Record
from rnnsweep.store.store import Store

# What a table of trials has in addition to the settings.
_OUTCOMES = (
    *("trial_id", "status", "n_params", "baseline", "epochs_run", "best_epoch", "best_val_loss"),
    *("test_loss", "final_train_loss", "final_val_loss", "diverged_epoch", "error"),
    *("updates_to_success", "sequences_to_success"),
)


def store_case(path, case, name="case", n_ended=None):
    """Write the trials and epochs of a case into a results folder; return its path.

    With `n_ended` the sweep is not finished: that many of its trials, the first ones, have ended.
    """
    trials, _, swept, baselines = case
    arrays = epochs_of(case)

    def record(row):
        def number(name):
            return None if np.isnan(value := row.get(name, np.nan)) else float(value)

        def count(name):
            return None if (value := number(name)) is None else int(value)

        settings = {
            name: value.item() if isinstance(value, np.generic) else value
            for name, value in row.items()
            if name not in _OUTCOMES and value == value  # NaN: the trial has no such setting
        }
        failed = row["status"] == "failed"
        return Record(
            row["trial_id"], settings, row["status"],
            np.empty((0, 3)) if failed else arrays([row["trial_id"]])[0],
            n_params=int(row["n_params"]),
            baselines={} if number("baseline") is None else dict.fromkeys(
                list(baselines)[:1] or ["mean"], number("baseline")),
            best_epoch=count("best_epoch"), test_loss=number("test_loss"),
            diverged_epoch=count("diverged_epoch"),
            updates_to_success=count("updates_to_success"),
            sequences_to_success=count("sequences_to_success"),
            error="ValueError: no" if failed else None,
        )  # fmt: skip

    records = [record(row) for row in trials.to_dict("records")]
    with Store.writer(path) as store:
        store.set_sweep(name, "", swept, [(it.trial_id, it.settings) for it in records])
        store.add(records[:n_ended])
    return path
