"""A cell of a user's own counts in ids by its content, a built-in one by its name."""

import pytest
from cell_file_cases import UGRNN, with_cell
from sweep_cases import GOOD, load

from rnnsweep.cells import CELLS


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "ugrnn.toml").write_text(UGRNN)
    return tmp_path


def id_of(folder, text):
    (trial,) = load(folder, text)
    return trial.trial_id


def test_comments_spaces_and_names_for_people_change_no_id(folder):
    before = id_of(folder, with_cell("ugrnn.toml"))
    (folder / "ugrnn.toml").write_text(
        "# mine\n"
        + UGRNN.replace("g = sigmoid(zg)", "g  =  sigmoid( zg )   # the gate\n\n")
        + 'source = "a paper"\nline = "a cell"\nyear = 2017\n'
    )
    assert id_of(folder, with_cell("ugrnn.toml")) == before


def test_the_word_and_the_place_of_a_cell_change_no_id(folder):
    before = id_of(folder, with_cell("ugrnn.toml"))
    (folder / "further").mkdir()
    (folder / "further" / "other.toml").write_text(UGRNN)
    assert id_of(folder, with_cell("further/other.toml")) == before
    assert id_of(folder, with_cell("mine", UGRNN.replace("[cell]", "[cells.mine]"))) == before


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("1 - g", "2 - g"),
        ("alpha = 0.5", "alpha = 0.25"),
        ("constants", "biases = {zg = 1}\nconstants"),
        ("constants", "biases = {zg = false}\nconstants"),
        ("constants", "vectors = {v = 0}\nconstants"),
        ('["zg", "zc"]', '{zg = ["h_prev"], zc = []}'),
        ('sums = ["zg", "zc"]', 'sums = ["zg"]\ninputs = ["zc"]'),
        ("sigmoid", "tanh"),
    ],
)
def test_the_content_of_a_cell_changes_the_id(folder, part, other):
    before = id_of(folder, with_cell("ugrnn.toml"))
    assert part in UGRNN
    changed = UGRNN.replace(part, other)
    if "vectors" in other:
        changed = changed.replace("act(zc)", "act(zc + v)")
    (folder / "ugrnn.toml").write_text(changed)
    assert id_of(folder, with_cell("ugrnn.toml")) != before


@pytest.mark.parametrize("value", ["alpha = 0.25", "bias.zg = 1", "bias.zc = -1"])
def test_a_value_counts_where_it_differs_from_the_cells_own(folder, value):
    plain = id_of(folder, with_cell("ugrnn.toml"))
    own = id_of(folder, with_cell("ugrnn.toml", "[cell]\nalpha = 0.5\nbias.zg = 0\nbias.zc = 0\n"))
    other = id_of(folder, with_cell("ugrnn.toml", f"[cell]\n{value}\n"))
    assert own == plain
    assert other != plain


def test_no_two_trials_of_a_sweep_with_cells_share_an_id(folder):
    # Alike but for the default of a constant: no value of it makes their trials the same.
    (folder / "other.toml").write_text(UGRNN.replace("0.5", "0.25"))
    text = GOOD + '[grid]\nmodel.cell = ["ugrnn.toml", "other.toml", "lstm", "gru"]\n'
    text += '[[when]]\nif.model.cell = ["ugrnn.toml", "other.toml"]\ncell.alpha = [0.25, 0.5]\n'
    ids = [trial.trial_id for trial in load(folder, text)]
    assert len(ids) == len(set(ids)) == 6


def test_a_built_in_cell_counts_by_its_name(folder, monkeypatch):
    before = id_of(folder, with_cell("lstm"))
    (folder / "lstm.toml").write_text(f"[cell]\n{_toml(CELLS['lstm'].table())}")
    assert id_of(folder, with_cell("lstm.toml")) != before
    assert id_of(folder, with_cell("rnn")) == id_of(folder, GOOD)


def _toml(table):
    return "".join(f"{key} = {_value(value)}\n" for key, value in table.items())


def _value(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_value(inner)}" for key, inner in value.items()) + "}"
    return repr(value).replace("\\n", "\\n") if not isinstance(value, str) else f"'''{value}'''"


@pytest.mark.parametrize(
    ("formula", "canonical"),
    [
        ("x*tanh( softplus(x) )", "x * tanh(softplus(x))"),
        ("((x) + 1.0)", "x + 1"),
        ("tanh(x)", "tanh"),
        ("relu", "relu"),
    ],
)
def test_a_formula_counts_by_its_canonical_text(folder, formula, canonical):
    written, plain = (
        load(folder, GOOD.replace("[model]", f'[model]\nactivation = "{text}"'))[0]
        for text in (formula, canonical)
    )
    assert written.trial_id == plain.trial_id
    assert written.config.settings()["activation"] == canonical
    assert written.config.cell.activation == canonical
    other = GOOD.replace("[model]", '[model]\nactivation = "x * x"')
    assert id_of(folder, other) != plain.trial_id
