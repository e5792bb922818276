"""Cells in the sweep file: by a word, by a file, by [cells.NAME]; and the keys of [cell]."""

import tomllib

import pytest
from cell_file_cases import MINE, UGRNN, with_cell
from sweep_cases import GOOD, fault_of, load

from rnnsweep import sweepfile
from rnnsweep.cells import CELLS
from rnnsweep.sweepfile import ModelConfig, column


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "ugrnn.toml").write_text(UGRNN)
    return tmp_path


def test_a_cell_is_a_word_a_file_or_a_table_of_the_file(folder):
    (builtin,) = load(folder, with_cell("lstm"))
    assert builtin.config.cell == CELLS["lstm"]
    (of_file,) = load(folder, with_cell("ugrnn.toml"))
    assert of_file.config.cell.name == "ugrnn.toml"
    assert of_file.config.cell.constants == (("alpha", 0.5),)
    assert [each.name for each in of_file.config.cell.sums] == ["zg", "zc"]
    (inline,) = load(folder, with_cell("mine", MINE))
    assert inline.config.cell.name == inline.config.model.cell == "mine"
    assert inline.config.cell.assignments[0][0] == "h"
    assert not of_file.config.cell.is_builtin
    assert not inline.config.cell.is_builtin


def test_the_cell_of_a_trial_has_its_constants_biases_and_activation(folder):
    more = "[cell]\nalpha = 0.25\nbias.zc = -3\n"
    text = with_cell("ugrnn.toml", more).replace("[model]", '[model]\nactivation = "relu"')
    (trial,) = load(folder, text)
    cell = trial.config.cell
    assert cell.constants == (("alpha", 0.25),)
    assert {each.name: each.bias for each in cell.sums} == {"zg": 0.0, "zc": -3.0}
    assert cell.activation == "relu"


def test_a_file_that_is_elsewhere(folder):
    (folder / "cells").mkdir()
    (folder / "ugrnn.toml").rename(folder / "cells" / "my ugrnn.toml")
    (relative,) = load(folder, with_cell("cells/my ugrnn.toml"))
    (absolute,) = load(folder, with_cell(folder / "cells" / "my ugrnn.toml"))
    assert relative.config.settings()["cell"] == "cells/my ugrnn.toml"
    assert absolute.trial_id == relative.trial_id


def test_cells_and_their_values_are_axes(folder):
    text = GOOD + MINE + '[grid]\nmodel.cell = ["lstm", "mine", "ugrnn.toml"]\n'
    text += '[[when]]\nif.model.cell = "mine"\ncell.beta = [0.1, 0.2]\n'
    text += '[[when]]\nif.model.cell = "lstm"\ncell.bias.zf = [0, 1]\n'
    seen = []
    for trial in load(folder, text):
        settings = trial.config.settings()
        seen.append({k: v for k, v in settings.items() if k.startswith("cell")})
    assert seen == [
        {"cell": "lstm", "cell_bias_zf": 0.0},
        {"cell": "lstm", "cell_bias_zf": 1.0},
        {"cell": "mine", "cell_beta": 0.1},
        {"cell": "mine", "cell_beta": 0.2},
        {"cell": "ugrnn.toml", "cell_alpha": 0.5},
    ]


def test_the_order_of_trials_is_task_model_cell_train_seed(folder):
    more = "[grid]\nseed = [1, 2]\ntrain.epochs = [3, 4]\ncell.bias.zg = [1, 2]\n"
    more += "cell.alpha = [0.1, 0.2]\nmodel.hidden_size = [3, 4]\ntask.seq_len = [5, 6]\n"
    sweep = load(folder, with_cell("ugrnn.toml", more))
    names = ["task_seq_len", "hidden_size", "cell_bias_zg", "cell_alpha", "epochs", "seed"]
    assert [axis.name for axis in sweep.axes] == names
    rows = [tuple(t.config.settings()[name] for name in names) for t in sweep]
    assert len(set(rows)) == 64
    assert rows == sorted(rows)


def test_columns_follow_those_of_the_model(folder):
    more = "[cell]\nbias.zg = 1\n"
    (trial,) = load(folder, with_cell("ugrnn.toml", more))
    names = list(trial.config.settings())
    own = names.index("cell_alpha")
    assert names[own : own + 3] == ["cell_alpha", "cell_bias_zg", "loss"]
    assert column(f"model.{list(ModelConfig.model_fields)[-1]}") == names[own - 1]
    # Every file has the biases of an LSTM's sums; those that it does not give are no columns.
    (plain,) = load(folder, with_cell("lstm"))
    assert not [name for name in plain.config.settings() if name.startswith("cell_")]


FORMS = [
    "[cell]\nalpha = 0.25\n",
    "[cell]\nalpha = 0.5\n[grid]\ncell.alpha = [0.25]\n",
    "[[zip]]\ncell.alpha = [0.25, 0.5]\nseed = [0, 1]\n",
    "[grid]\ncell.alpha = {from = 0.25, to = 0.75, num = 3}\n",
    "[random]\ntrials = 30\ncell.alpha = [0.25, 0.5]\n",
    "[grid]\ncell.alpha = [0.25, 0.5]\n[[exclude]]\ncell.alpha = 0.5\n",
    "[grid]\ntrain.optimizer = ['sgd', 'adam']\n"
    "[[when]]\nif.train.optimizer = 'sgd'\ncell.alpha = [0.25]\n",
    "[grid]\ncell.alpha = [0.25, 0.5]\n"
    "[[when]]\nif.cell.alpha = 0.25\ntrain.momentum = [0.5, 0.9]\n",
]


@pytest.mark.parametrize("more", FORMS)
def test_every_form_of_search_takes_the_keys_of_cell(folder, more):
    alphas = [t.config.cell.constants[0][1] for t in load(folder, with_cell("ugrnn.toml", more))]
    assert 0.25 in alphas
    assert set(alphas) <= {0.25, 0.5, 0.75}


@pytest.mark.parametrize(
    ("overrides", "values"),
    [
        (["cell.alpha=0.25"], [(0.25, 1.0)]),
        (["cell.bias.zg=3"], [(0.5, 3.0)]),
        (["cell.bias.zg=[3, 4]"], [(0.5, 3.0), (0.5, 4.0)]),
        (["grid.cell.alpha=[0.1,0.2]"], [(0.1, 1.0), (0.2, 1.0)]),
        ({"cell.alpha": [0.1], "cell.bias.zg": 2}, [(0.1, 2.0)]),
        ({"cell": {"alpha": 0.1, "bias": {"zg": 2}}}, [(0.1, 2.0)]),
    ],
)
def test_overrides_give_the_keys_of_cell(folder, overrides, values):
    for more in ("[cell]\nbias.zg = 1\n", "[cell.bias]\nzg = 1\n", "[grid]\ncell.bias.zg = [1]\n"):
        sweep = load(folder, with_cell("ugrnn.toml", more), overrides)
        cells = [trial.config.cell for trial in sweep]
        assert [(cell.constants[0][1], cell.sums[0].bias) for cell in cells] == values
        # The text of the results is that of a file that gives the same trials.
        again = load(folder, sweep.text)
        assert [trial.trial_id for trial in again] == [trial.trial_id for trial in sweep]


def test_an_axis_of_a_bias_that_is_taken_out_takes_its_block_along(folder):
    more = "[[zip]]\ncell.bias.zg = [1, 2]\n"
    (trial,) = load(folder, with_cell("ugrnn.toml", more), ["cell.bias.zg=3"])
    assert trial.config.cell.sums[0].bias == 3


def test_another_cell_by_an_override_leaves_the_cells_of_the_file_unused(folder):
    two = MINE + MINE.replace("mine", "yours").replace("0.5", "0.25")
    text = with_cell("mine", two + '[grid]\nmodel.cell = ["mine", "yours"]\n')
    for words, left in [
        ('"ugrnn.toml"', []),
        ('["ugrnn.toml", "yours"]', ["yours"]),
        ('["mine", "yours"]', ["mine", "yours"]),
    ]:
        sweep = load(folder, text, [f"model.cell={words}"])
        assert list(tomllib.loads(sweep.text).get("cells", {})) == left
        # The text of the results is that of a file that gives the same trials.
        again = load(folder, sweep.text)
        assert [trial.trial_id for trial in again] == [trial.trial_id for trial in sweep]


def test_a_misspelled_override_leaves_the_cells_of_the_file(folder):
    message = fault_of(folder, with_cell("mine", MINE), ["model.cell=mien"])
    assert '--set model.cell: "mien" given' in message
    assert message.endswith('did you mean "mine"?')


def test_draws_of_one_value_do_not_depend_on_the_word_of_the_cell(folder):
    (folder / "other.toml").write_text(UGRNN)
    more = "[random]\ntrials = 3\ncell.alpha = {from = 0.1, to = 0.9}\n"
    here, there = (load(folder, with_cell(f"{name}.toml", more)) for name in ("ugrnn", "other"))
    assert [t.trial_id for t in here] == [t.trial_id for t in there]
    assert len({t.trial_id for t in here}) == 3


def test_cells_that_are_not_named_are_not_read(folder, monkeypatch):
    read = []
    real = sweepfile.keys.file_cells.read_cell_file
    monkeypatch.setattr(
        sweepfile.keys.file_cells,
        "read_cell_file",
        lambda path, word: read.append(word) or real(path, word),
    )
    monkeypatch.setattr(type(CELLS), "__iter__", lambda self: pytest.fail("all cells were read"))
    (folder / "wrong.toml").write_text("[cell]\nstates = 3\n")
    load(folder, with_cell("ugrnn.toml"))
    load(folder, GOOD + '[grid]\nmodel.cell = ["rnn", "ugrnn.toml"]\n')
    assert read == ["ugrnn.toml", "ugrnn.toml"]
