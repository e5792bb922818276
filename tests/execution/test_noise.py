"""A sweep over a cell with noise: the same bytes on any number of threads."""

import csv

from commandline import assert_same_results

import rnnsweep

FILE = """
[task]
name = "adding"
seq_len = 8
n_train = 64
n_val = 32
n_test = 32
[model]
cell = "leaky_rnn"
hidden_size = 6
num_layers = 2
[train]
learning_rate = 0.05
epochs = 5
[grid]
cell.sigma = [0.0, 0.5]
train.dtype = ["float32", "float64"]
seed = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
"""


def test_noise_is_the_same_on_one_thread_and_on_several(tmp_path):
    (tmp_path / "noise.toml").write_text(FILE)
    for jobs in (1, 2, 3):
        results = tmp_path / str(jobs)
        rnnsweep.run(tmp_path / "noise.toml", results=results, jobs=jobs, plots=False)
        assert_same_results(tmp_path / "1", results)
    with (tmp_path / "1" / "trials.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 40
    assert {row["status"] for row in rows} == {"complete"}
    # It is there, and every seed has its own.
    losses = {(row["cell_sigma"], row["dtype"], row["final_train_loss"]) for row in rows}
    assert len(losses) == 40
