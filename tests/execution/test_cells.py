"""A sweep over cells of a user's own, from the file to the tables and the saved networks."""

import csv

import numpy as np
import pytest
from cell_file_cases import UGRNN

import rnnsweep

FILE = """
[task]
name = "adding"
seq_len = 4
n_train = 16
n_val = 8
n_test = 8
[model]
hidden_size = 3
activation = "x * sigmoid(x)"
[train]
learning_rate = 0.05
epochs = 2
[output]
save_params = "all"
[cells.mine]
sums = ["z"]
states = ["h"]
constants = {beta = 0.5}
equations = "h = beta * act(z)"
[grid]
model.cell = ["lstm", "mine", "ugrnn.toml"]
[[when]]
if.model.cell = "mine"
cell.beta = [0.5, 0.75]
[[when]]
if.model.cell = "lstm"
cell.bias.zf = [0, 2]
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cells.toml").write_text(FILE)
    (tmp_path / "ugrnn.toml").write_text(UGRNN)
    return tmp_path


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_cells_of_ones_own_are_trained_and_saved(folder, say):
    code, output, errors = say("run", "cells.toml", "--results", "out", "--no-plots")
    assert code == 0, errors
    rows = rows_of(folder / "out" / "trials.csv")
    assert [(row["cell"], row["cell_beta"], row["cell_bias_zf"]) for row in rows] == [
        ("lstm", "", "0.0"),
        ("lstm", "", "2.0"),
        ("mine", "0.5", ""),
        ("mine", "0.75", ""),
        ("ugrnn.toml", "", ""),
    ]
    assert {row["status"] for row in rows} == {"complete"}
    names = list(rows[0])
    # After the model's columns, although the first trials do not have them all.
    own = ["cell_alpha", "cell_beta", "cell_bias_zf"]
    place = names.index("loss")
    assert sorted(names[place - 3 : place]) == own
    for table in ("epochs", "summary"):
        (first, *_) = rows_of(folder / "out" / f"{table}.csv")
        assert {"cell", "cell_beta", "cell_bias_zf"} <= first.keys()
        assert "cell_alpha" not in first  # which does not vary
    # What is stored is not trained again, whatever the comments of the cell's file.
    (folder / "ugrnn.toml").write_text(f"# unchanged\n{UGRNN}")
    code, output, errors = say("plan", "cells.toml", "--results", "out")
    assert code == 0, errors
    assert "5 in out" in output
    # The saved networks need no file any more.
    (folder / "ugrnn.toml").unlink()
    (folder / "cells.toml").unlink()
    results = rnnsweep.load("out")
    outputs = []
    for row in rows:
        model, params = rnnsweep.load_model(results, row["trial_id"])
        cell = model.sizes.record
        assert cell.activation == "x * sigmoid(x)"
        assert dict(cell.constants).get("beta") == (float(row["cell_beta"] or 0) or None)
        biases = {each.name: each.bias for each in cell.sums}
        assert biases.get("zf", 0) == float(row["cell_bias_zf"] or 0)
        outputs.append(model.forward(params, np.ones((1, 4, 2))).item())
    assert len(set(outputs)) == 5
