"""Three trials that ended in different ways, and the tables of them to the byte."""

import csv
import math
from contextlib import suppress

import numpy as np
import pandas as pd

from rnnsweep.record import Record
from rnnsweep.store.requirements import Requirements
from rnnsweep.store.store import Store
from rnnsweep.tables.write import write_tables

SWEPT = ["hidden_size", "learning_rate", "seed"]


def settings(hidden_size, learning_rate, seed, **own):
    return {
        "task": "adding",
        "hidden_size": hidden_size,
        "learning_rate": learning_rate,
        "seed": seed,
        **{f"task_{name}": value for name, value in own.items()},
    }


RECORDS = [
    Record(
        "t1",
        settings(8, 0.1, 0, seq_len=10, inputs=["a", "b"]),
        "complete",
        np.array([[0.5, 0.1 + 0.2, 1e-300], [0.25, 0.125, 12345678.9]]),
        n_params=97,
        baselines={"mean": 0.16},
        best_epoch=1,
        test_loss=1 / 3,
        test_baseline=0.625,
        wall_s=0.25,
        cpu="znver4",
    ),
    Record(
        "t2",
        settings(8, 1.0, 0, seq_len=12, inputs=["a"]),
        "diverged",
        np.array([[0.5, 0.375, 2.0], [np.inf, np.nan, -np.inf]]),
        n_params=97,
        baselines={"persistence": 0.2, "mean": 0.36},
        best_epoch=0,
        test_loss=float("inf"),
        test_baseline=0.75,
        diverged_epoch=1,
        wall_s=0.5,
        cpu="haswell",
    ),
    Record(
        "t3",
        settings(16, 0.1, 0, noise=0.5),
        "failed",
        error='no "memory",\n  says é',
        wall_s=0.125,
    ),
]


TRIALS_CSV = """\
trial_id,status,task,hidden_size,learning_rate,seed,task_seq_len,task_inputs,task_noise,n_params,\
baseline,epochs_run,best_epoch,best_val_loss,test_loss,test_baseline,final_train_loss,\
final_val_loss,diverged_epoch,error
t1,complete,adding,8,0.1,0,10,"[""a"", ""b""]",,97,\
0.16,2,1,0.125,0.3333333333333333,0.625,0.25,0.125,,
t2,diverged,adding,8,1.0,0,12,"[""a""]",,97,\
0.2,2,0,0.375,,0.75,,,1,
t3,failed,adding,16,0.1,0,,,0.5,,\
,0,,,,,,,,"no ""memory"", says é"
"""


EPOCHS_CSV = """\
trial_id,hidden_size,learning_rate,seed,epoch,train_loss,val_loss,grad_norm
t1,8,0.1,0,0,0.5,0.30000000000000004,1e-300
t1,8,0.1,0,1,0.25,0.125,12345678.9
t2,8,1.0,0,0,0.5,0.375,2.0
t2,8,1.0,0,1,,,
"""


SUMMARY_CSV = """\
hidden_size,learning_rate,n,n_complete,n_diverged,n_failed,mean,std,ci95_low,ci95_high,median,iqm,\
median_test_loss,test_baseline,rank
8,0.1,1,1,0,0,0.125,,,,0.125,0.125,0.3333333333333333,0.625,1
8,1.0,1,0,1,0,,,,,,,,0.75,2
16,0.1,1,0,0,1,,,,,,,,,3
"""


TIMINGS_CSV = """\
trial_id,wall_s,cpu
t1,0.25,znver4
t2,0.5,haswell
t3,0.125,
"""


TABLES = {
    "trials.csv": TRIALS_CSV,
    "epochs.csv": EPOCHS_CSV,
    "summary.csv": SUMMARY_CSV,
    "timings.csv": TIMINGS_CSV,
}


def fill(path, records, swept=SWEPT, named=None, metrics=()):
    with Store.writer(path) as store:
        trials = [(r.trial_id, r.settings) for r in (named or records)]
        store.set_sweep("grid", "", swept, trials, Requirements(metrics))
        store.add(records)
        write_tables(store)
    return path


def read(path):
    """A table as any program may read it; not every version of pandas reads floats exactly."""

    def cell(text):
        for kind in (int, float):
            with suppress(ValueError):
                return kind(text)
        return text or math.nan

    with path.open(encoding="utf-8", newline="") as file:
        columns, *rows = csv.reader(file)
    return pd.DataFrame([map(cell, row) for row in rows], columns=columns)


def of_problem(trial_id, val_loss, baseline, test_baseline=None, **own):
    columns = {"task": "adding", "hidden_size": 8, "seed": 0, "task_seq_len": 10, **own}
    baselines = {} if baseline is None else {"mean": baseline, "worse": 9.0}
    return Record(
        trial_id,
        columns,
        "complete",
        np.full((1, 3), val_loss),
        best_epoch=0,
        baselines=baselines,
        test_baseline=test_baseline,
    )
