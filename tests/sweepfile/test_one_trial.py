"""The sweep file of a single trial gives exactly that trial, whatever form the sweep's file has."""

import json
import shutil
import tomllib
from pathlib import Path

import pytest
from cell_file_cases import MINE, UGRNN, with_cell
from own_cases import MAJORITY
from sweep_cases import GOOD, load

from rnnsweep import sweepfile
from rnnsweep.sweepfile.one_trial import TrialFiles, names_files, trial_toml

SWEEPS = Path(__file__).parents[2] / "sweeps"
MOST = 60  # trials that are looked at in a sweep

RANDOM = """
[random]
trials = 20
seed = 5
train.learning_rate = {from = 1e-4, to = 1.0, scale = "log"}
model.hidden_size = {from = 2, to = 60}
model.activation = ["tanh", " x *  sigmoid(x) "]
train.optimizer = ["sgd", "adam"]
"""
ZIP = """
[[zip]]
model.cell = ["lstm", "gru", "rnn"]
model.num_layers = [1, 2, 2]
train.dropout = [0.0, 0.5, 1e-5]
[grid]
train.nesterov = [true, false]
train.momentum = [0.5, 0.9]
seed = {from = 0, to = 3, num = 4}
[[exclude]]
model.cell = "gru"
train.nesterov = true
"""
WHEN = """
[grid]
train.optimizer = ["sgd", "adam", "adamw"]
train.schedule = ["constant", "step"]
[[when]]
if.train.optimizer = "sgd"
train.momentum = [0.0, 0.9]
[[when]]
if.train.optimizer = "adamw"
train.weight_decay = [0.0, 0.1]
[[when]]
if.train.schedule = "step"
train.decay = {from = 0.1, to = 0.9, num = 2}
train.decay_every = [1, 2]
"""
TASKS = """
[task]
seq_len = 12
[model]
hidden_size = 4
output = "last"
[train]
learning_rate = 0.1
epochs = 2
[stop]
patience = 3
[metrics]
grad_norms = true
[output]
save_params = "best"
[run]
trial_timeout = 2.5
[grid]
task.name = ["adding", "parity"]
[[when]]
if.task.name = "parity"
train.loss = ["bce", "mse"]
"""
SEEDS = """
[grid]
seed = [0, 1]
seed_init = [5, 6]
[[when]]
if.seed = 1
seed_order = [7, 9223372036854775807]
"""
CELLS = """
[cell]
bias.zf = 1.5
[grid]
model.cell = ["mine", "lstm"]
[[when]]
if.model.cell = "mine"
cell.beta = [0.25, 0.5]
"""
OWN = """
[task]
name = "my.py:majority"
n_train = 20
n_val = 10
p = 0.25
[model]
hidden_size = 4
[train]
learning_rate = 0.1
epochs = 2
[grid]
task.seq_len = [5, 11]
task.flip = [true, false]
task.word = ["true", "# \\"x\\" \\\\ \\n"]
"""
OWN_FUNCTION = MAJORITY.replace("p=0.5", 'p=0.5, flip=False, word="true"')


def check(sweep, folder):
    """Check that the file of each trial, or of some, gives that trial alone, in this folder."""
    files = TrialFiles(sweep.text)
    for place in range(0, len(sweep), -(-len(sweep) // MOST)):
        trial = sweep[place]
        settings = json.loads(json.dumps(trial.config.settings()))
        text = files.toml(trial.trial_id, settings)
        alone = sweepfile.load_text(folder / "alone.toml", text)
        assert [one.trial_id for one in alone] == [trial.trial_id], text
        assert alone[0].config.settings() == trial.config.settings()
        assert (alone.metrics, alone.save_params) == (sweep.metrics, sweep.save_params)
        assert (alone.epochs_format, alone.trial_timeout) == (
            sweep.epochs_format,
            sweep.trial_timeout,
        )
        # Such a file is its own.
        assert trial_toml(text, trial.trial_id, settings) == text
        assert names_files(settings) == bool(sweep.files)


@pytest.mark.parametrize(
    "path", sorted(SWEEPS.rglob("*.toml")), ids=lambda path: path.relative_to(SWEEPS).as_posix()
)
def test_every_shipped_sweep(path):
    check(sweepfile.load(path), path.parent)


@pytest.mark.parametrize(
    "more", ["", RANDOM, ZIP, WHEN, SEEDS], ids=["none", "random", "zip", "when", "seeds"]
)
def test_every_form_of_search(tmp_path, more):
    check(load(tmp_path, GOOD + more), tmp_path)


def test_several_tasks_and_what_is_recorded(tmp_path):
    check(load(tmp_path, TASKS), tmp_path)


def test_overrides_are_in_the_text(tmp_path):
    check(load(tmp_path, GOOD + ZIP, ["train.epochs=[4, 5]", "model.hidden_size=3"]), tmp_path)


def test_cells_of_the_file_and_of_other_files(tmp_path):
    mine = MINE.replace('["z"]', '["zf"]').replace("{z = 1}", "{zf = 0}").replace("(z)", "(zf)")
    check(load(tmp_path, GOOD + mine + CELLS), tmp_path)
    (tmp_path / "ugrnn.toml").write_text(UGRNN)
    check(load(tmp_path, with_cell("ugrnn.toml", "[grid]\ncell.alpha = [0.1, 1.0]\n")), tmp_path)


def test_equations_on_several_lines_stay_so(tmp_path):
    several = UGRNN.replace("[cell]", "[cells.mine]").replace("g = sigmoid", "g =\tsigmoid")
    sweep = load(tmp_path, with_cell("mine", several))
    text = trial_toml(sweep.text, "t", sweep[0].config.settings())
    before, after = (tomllib.loads(each)["cells"] for each in (several, text))
    assert before == after
    assert "\nh = g * h_prev + alpha * (1 - g) * act(zc)\n" in text
    check(sweep, tmp_path)


def test_a_function_of_the_user_and_its_parameters(tmp_path):
    (tmp_path / "my.py").write_text(OWN_FUNCTION)
    sweep = load(tmp_path, OWN)
    assert len(sweep) == 8
    check(sweep, tmp_path)


def test_a_file_of_data_is_found_from_the_folder_of_the_sweep_file(tmp_path):
    shutil.copytree(SWEEPS / "data", tmp_path / "data")
    text = (SWEEPS / "sunspots.toml").read_text()
    sweep = load(tmp_path, text, ["task.inputs=[['sunspots'], ['year', 'sunspots']]"])
    check(sweep, tmp_path)
    text = trial_toml(sweep.text, "t", sweep[0].config.settings())
    assert text.startswith(
        "# Trial t, alone.\n# It names files by their paths from the folder of the sweep file"
    )


def test_the_text_of_a_trial():
    text = GOOD + "[grid]\nmodel.activation = ['relu', 'tanh']\ntrain.l2 = [0, 1e-6]\n"
    settings = {
        "task": "adding", "task_seq_len": 10, "task_n_train": 1000, "hidden_size": 8,
        "activation": "relu", "learning_rate": 0.1, "epochs": 3, "l2": 1e-6, "seed": 7,
    }  # fmt: skip
    assert trial_toml(text, "t0123456789abcde", settings) == (
        "# Trial t0123456789abcde, alone.\n\n"
        "seed = 7\n\n"
        '[task]\nname = "adding"\nseq_len = 10\n\n'
        '[model]\nhidden_size = 8\nactivation = "relu"\n\n'
        "[train]\nlearning_rate = 0.1\nepochs = 3\nl2 = 1e-06\n"
    )
