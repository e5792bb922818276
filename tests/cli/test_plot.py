"""`plot`: the pictures of a run, and one of a user's choice."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from plot_cases import grid_case, small
from stored_cases import store_case

BEGINNINGS = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}


@pytest.fixture
def grid(tmp_path, monkeypatch):
    """Change to a folder with the results of the invented grid, and return it."""
    store_case(tmp_path / "results" / "grid", grid_case())
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("form", BEGINNINGS)
def test_all_pictures_in_a_format(grid, say, form):
    code, output, errors = say("plot", "results/grid", "--format", form)
    assert (code, errors) == (0, "")
    assert {Path(line).name for line in output.splitlines()} == {
        f"{name}.{form}" for name in ("loss_curves", "loss_map", "effects")
    }
    for line in output.splitlines():
        assert Path(line).read_bytes().startswith(BEGINNINGS[form])


def test_one_picture_is_in_the_working_directory(grid, say):
    line = "plot results/grid --kind map --x learning_rate --y activation --by hidden_size"
    assert say(*line.split()) == (0, "grid_map.png\n", "")
    assert (grid / "grid_map.png").read_bytes().startswith(BEGINNINGS["png"])


def test_importance_of_a_measure(grid, say):
    line = "plot results/grid --kind importance --measure log_loss --out a.png"
    assert say(*line.split()) == (0, "a.png\n", "")
    code, _, errors = say(*line.replace("log_loss", "loss").split())
    assert (code, errors) == (
        2, "rnnsweep: no measure 'loss'; allowed: rank, log_loss; did you mean log_loss?\n"
    )  # fmt: skip


def test_the_ending_decides_the_format(grid, say):
    line = "plot results/grid --kind curves --by activation,hidden_size --out a.svg"
    assert say(*line.split())[:2] == (0, "a.svg\n")
    root = ElementTree.parse(grid / "a.svg").getroot()
    assert root.tag.endswith("svg")
    before = (grid / "a.svg").read_bytes()
    assert b"date>" not in before
    assert say(*line.split())[0] == 0
    assert (grid / "a.svg").read_bytes() == before
    assert say(*line.split()[:-1], "b", "--format", "pdf")[0] == 0
    assert (grid / "b").read_bytes().startswith(BEGINNINGS["pdf"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--kind maps", "--kind 'maps' is not known; allowed: curves, map, "),
        ("--by activation", "--by needs --kind; allowed: curves, "),
        ("--out a.png", "--out needs --kind"),
        ("--kind effects --x activation", "--kind effects has no option --x; allowed: --by, --out"),
        ("--format jpg", "--format 'jpg' is not known; allowed: png, svg, pdf"),
        ("--kind map --out map.jpg", "the name of a picture ends in .png, .svg, .pdf, or --format"),
        ("--kind map --x size", "--x is 'size', which is no setting that varies"),
        ("--kind curves --by activation,a", "--by is 'a', which is no setting that varies"),
        ("--kind success", "no trial of these results has a success criterion"),
        ("--kind map --out none/a.png", "there is no folder none"),
        ("--kind map --out results --format png", "it is a folder"),
        (
            "--kind map --format pdf --out x.png",
            "--format pdf and --out x.png are two formats; name a file that ends in .pdf, or leave",
        ),
        (
            "--kind comparison --between activation=relu activation=tanh --metric test_accuracy",
            "best_val_loss, test_loss, final_val_loss, final_train_loss",
        ),
    ],
)
def test_refusals(grid, say, words, message):
    code, output, errors = say("plot", "results/grid", *words.split())
    assert (code, output) == (2, "")
    assert message in errors
    assert {path.name for path in grid.iterdir()} == {"results"}


def test_words_that_are_markup_are_drawn_as_they_are(tmp_path, say, monkeypatch):
    words = ("$\\frac{", "<script>alert(1)</script>", "a\nb & \x07")
    case = small(
        lambda settings, seed: [0.5 + 0.1 * seed], {"task_a": words, "hidden_size": (2, 3)}
    )
    folder = store_case(tmp_path / "$x^2_<b>", case)
    monkeypatch.chdir(tmp_path)
    for kind in ("curves", "map", "effects"):
        code, output, errors = say("plot", folder, "--kind", kind, "--format", "svg")
        assert (code, output, errors) == (0, f"$x^2_<b>_{kind}.svg\n", "")
        content = (tmp_path / output.strip()).read_text(encoding="utf-8")
        assert "<script" not in content
        ElementTree.fromstring(content)


def test_a_comparison(grid, say):
    line = "plot results/grid --kind comparison --between activation=relu activation=tanh"
    assert say(*line.split(), "--metric", "test_loss") == (0, "grid_comparison.png\n", "")
    assert say(*line.split(), "--best") == (0, "grid_comparison.png\n", "")
    code, _, errors = say("plot", "results/grid", "--kind", "comparison")
    assert (code, "--kind comparison needs --between with two settings" in errors) == (2, True)
    code, _, errors = say(*line.replace("comparison", "map").split())
    assert code == 2
    assert "--kind map has no option --between; allowed: --x, --y, --by, --out" in errors
