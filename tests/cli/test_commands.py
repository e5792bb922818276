"""The commands and flags, used correctly."""

import csv
import gc
import json
import os
import re
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from commandline import CSV, SERIES, TINY, command, snapshot

import rnnsweep
from rnnsweep import vocabulary
from rnnsweep.byte_sizes import read_bytes
from rnnsweep.cells import CELLS
from rnnsweep.cli.commands import cli
from rnnsweep.cli.word_lists import word_lists
from rnnsweep.execution.run import run_sweep
from rnnsweep.tasks import TASKS
from rnnsweep.training.workload import KEPT_DATA_BYTES

VERBS = [
    *(
        "new",
        "run",
        "plan",
        "status",
        "summary",
        "compare",
        "show",
        "export",
        "plot",
        "report",
        "merge",
    ),
    *("verify", "predict", "list", "check", "schema", "bench", "completion"),
]


def test_help_of_every_verb_has_an_example(say):
    assert list(cli.commands) == VERBS
    code, output, _ = say("--help")
    assert code == 0
    for verb in VERBS:
        assert re.search(rf"^  {verb} +[A-Z].*\.$", output, re.MULTILINE)
        code, page, errors = say(verb, "--help")
        assert (code, errors) == (0, "")
        assert re.search(rf"^  Examples?:\n      python -m rnnsweep {verb}", page, re.MULTILINE)
    assert say("-h")[1] == output


def test_without_a_verb_there_is_help(say):
    code, output, errors = say()
    assert code == 2
    assert "Usage: python -m rnnsweep" in output + errors


def test_version(say):
    assert say("--version") == (0, f"rnnsweep, version {rnnsweep.__version__}\n", "")


@pytest.mark.parametrize("name", word_lists())
def test_a_list_has_a_line_for_each_word(say, name):
    code, output, errors = say("list", name)
    assert (code, errors) == (0, "")
    lines = output.splitlines()
    assert [line.split()[0] for line in lines] == list(word_lists()[name])
    assert all(len(line.split(maxsplit=1)) == 2 for line in lines)


def test_list_shows_every_list(say):
    code, output, _ = say("list")
    assert code == 0
    words = output.split()
    assert {"cells", "activations", "tasks", "optimizers", "initializations"} <= set(words)
    for name in (*TASKS, *vocabulary.ACTIVATIONS, *CELLS, *vocabulary.LOSSES):
        assert name in words


def test_schema_is_json(say):
    code, output, _ = say("schema")
    assert code == 0
    schema = json.loads(output)
    assert {"task", "model", "train", "grid", "seed"} <= set(schema["properties"])


def assert_lists_its_files(output, folder):
    """Check that a run lists every file that it leaves for users, and no other."""
    listed = output.split("Written:\n")[1].splitlines()
    left = {str(path) for path in folder.rglob("*") if path.is_file()}
    assert {line.strip() for line in listed} == left - {f"{folder}/store.db", f"{folder}/.lock"}
    assert len(listed) == len(set(listed))


def test_pictures_are_left_out_and_drawn_later(home, say):
    # The pictures of an earlier run would not agree with the new tables.
    assert list(Path("results/tiny/plots").glob("*.png"))
    code, output, errors = say("run", "tiny.toml", "--no-plots", "--set", "train.epochs=1")
    assert code == 0
    assert "png" not in output
    assert "plots" not in errors
    assert_lists_its_files(output, Path("results/tiny"))
    assert not Path("results/tiny/plots").exists()
    code, output, _ = say("plot", "results/tiny")
    assert code == 0
    assert all(Path(line).exists() for line in output.splitlines())
    code, output, errors = say("run", "tiny.toml", "--set", "train.epochs=1")
    assert code == 0
    assert "drawing the plots" in errors
    assert "png" in output
    assert_lists_its_files(output, Path("results/tiny"))


@pytest.mark.parametrize(
    ("options", "count"), [((), None), (("--data-memory", "1.5GiB"), 1_610_612_736)]
)
def test_what_data_sets_may_take_reaches_the_run(home, say, monkeypatch, options, count):
    numbers = []

    def spied(*args, **others):
        numbers.append(others["data_memory"])
        return run_sweep(*args, **others)

    monkeypatch.setattr("rnnsweep.execution.run.run_sweep", spied)
    code, _, _ = say("run", "tiny.toml", "--no-plots", *options)
    assert (code, numbers) == (0, [count])


def test_the_help_knows_what_data_sets_may_take(say):
    _, page, _ = say("run", "--help")
    default = re.search(r"2GB\.\s+\[default:\s+(\w+)\]", page)
    assert default
    assert read_bytes(default[1]) == KEPT_DATA_BYTES


def test_the_garbage_collector_is_off_for_the_imports_alone(home, say):
    for line in ("run tiny.toml --no-plots", "summary results/tiny", "plot results/tiny"):
        assert say(*line.split())[0] == 0
        assert gc.isenabled()


def test_status(home, say):
    code, output, errors = say("status", "results/tiny")
    assert (code, errors) == (0, "")
    assert output.splitlines()[0] == "tiny: 4 of 4 trials (not running)"


def test_plot_draws_anew(home, say):
    picture = home / "results" / "tiny" / "plots" / "effects.png"
    picture.unlink()
    code, output, errors = say("plot", "results/tiny")
    assert (code, errors) == (0, "")
    drawn = [Path("results/tiny/plots") / f"{name}.png" for name in ("loss_curves", "effects")]
    assert [Path(line) for line in output.splitlines()] == drawn
    assert picture.exists()


def test_plot_where_pictures_cannot_be_put(home, say):
    plots = home / "results" / "tiny" / "plots"
    shutil.rmtree(plots)
    plots.write_text("a file")
    code, output, errors = say("plot", "results/tiny")
    assert (code, output) == (3, "")
    assert "plots" in errors


# The summary


def test_summary_as_json_has_every_digit(home, say):
    code, output, errors = say("summary", "results/tiny", "--json")
    assert (code, errors) == (0, "")
    shown = json.loads(output)
    with Path("results/tiny/summary.csv").open(newline="") as file:
        written = list(csv.DictReader(file))
    assert [{name: float(text) for name, text in row.items()} for row in written] == shown
    code, output, _ = say("summary", "results/tiny", "--json", "--top", 1)
    assert json.loads(output) == shown[:1]


def test_what_is_no_number_is_null(home, say):
    code, output, _ = say("summary", "results/tiny", "--by", "seed,hidden_size", "--json")
    assert code == 0
    for row in json.loads(output):
        assert (row["n"], row["std"], row["ci95_low"]) == (1, None, None)


@pytest.mark.parametrize(
    ("by", "columns"),
    [
        (["hidden_size"], ["hidden_size"]),
        (["seed, hidden_size"], ["seed", "hidden_size"]),
        (["seed", "activation"], ["seed", "activation"]),
        (["seed", "seed"], ["seed"]),
        ([], ["hidden_size"]),
    ],
)
def test_summary_by(home, say, by, columns):
    options = [option for name in by for option in ("--by", name)]
    code, output, _ = say("summary", "results/tiny", *options, "--json")
    assert code == 0
    for row in json.loads(output):
        assert list(row)[: len(columns) + 1] == [*columns, "n"]
    code, output, _ = say("summary", "results/tiny", *options)
    heading = next(line for line in output.splitlines() if "rank" in line)
    assert heading.split()[: len(columns) + 1] == ["rank", *columns]


def test_summary_shows_the_top(home, say):
    code, output, _ = say("summary", "results/tiny", "--top", 1)
    assert code == 0
    first, second = pd.read_csv("results/tiny/summary.csv")["mean"]
    assert "1 of 2 settings" in output
    assert f"{first:.4g}" in output
    assert f"{second:.4g}" not in output
    baseline = pd.read_csv("results/tiny/trials.csv")["baseline"].mean()
    assert f"mean {baseline:.4g}" in output.splitlines()[0]


def test_names_with_brackets_are_shown_as_they_are(home, say):
    # Brackets are markup to the library that draws the tables.
    (home / "[").mkdir()
    (home / "[bold].csv").write_text(SERIES)
    (home / "[" / "b].csv").write_text(SERIES.replace("1903,3", "1903,5"))
    grid = '[grid]\ntask.path = ["[bold].csv", "[/b].csv"]\n'
    (home / "series.toml").write_text(CSV.replace('path = "series.csv"\n', "") + grid)
    code, output, _ = say("plan", "series.toml")
    assert code == 0
    assert "[bold].csv, [/b].csv" in output
    rnnsweep.run("series.toml", jobs=1)
    code, output, _ = say("summary", "results/series")
    assert code == 0
    assert "[bold].csv" in output
    assert "[/b].csv" in output


def test_colons_in_names_are_no_pictures(home, say):
    # ":bug:" is a picture to that library.
    shutil.copytree("results/tiny", "a:bug:c")
    code, output, _ = say("plan", "tiny.toml", "--results", "a:bug:c")
    assert code == 0
    assert "4 in a:bug:c" in output


# Predictions

BEST = '[output]\nsave_params = "best"\n'


@pytest.fixture
def forecast(home):
    """Results of a series, with the params of the best trial."""
    (home / "series.csv").write_text(SERIES)
    (home / "forecast.toml").write_text(CSV + BEST)
    return rnnsweep.run("forecast.toml", jobs=1)


def test_predict_a_series(home, forecast, say):
    # The rows that the sweep was made of: its test loss is the error of the last ones.
    code, output, errors = say("predict", "results/forecast", "--data", "series.csv")
    assert (code, errors) == (0, "")
    header, *rows = csv.reader(output.splitlines())
    assert header == ["row", "y"]
    assert [int(row) for row, _ in rows] == list(range(4, 41))
    forecasts = {int(row): float(y) for row, y in rows}
    y = pd.read_csv("series.csv")["y"]
    scale = y[:24].std(ddof=0)  # of the training rows
    error = sum(((forecasts[row] - y[row]) / scale) ** 2 for row in range(32, 40)) / 8
    best = forecast.trials.loc[forecast.trials["best_val_loss"].idxmin()]
    # single precision, in units of the file and back
    assert error == pytest.approx(best["test_loss"], rel=1e-5)
    chosen = say("predict", forecast.folder, "--data", "series.csv", "--trial", best["trial_id"])
    assert chosen == (0, output, "")


def test_predict_into_a_file(home, forecast, say):
    (home / "new.csv").write_text("y,other\n" + "1.5,x\n" * 6)
    line = ("predict", "results/forecast", "--data", "new.csv")
    assert say(*line, "--out", "out.csv") == (0, "", "")
    assert (home / "out.csv").read_bytes() == say(*line)[1].encode()
    assert len((home / "out.csv").read_text().splitlines()) == 1 + 3
    code, output, errors = say(*line, "--out", "new.csv")
    assert (code, output) == (2, "")
    assert "--out new.csv is the file of the data" in errors
    assert (home / "new.csv").read_text().startswith("y,other")
    for out, why in (
        ("absent/out.csv", "there is no folder absent"),
        ("results", "it is a folder"),
        ("new.csv/out.csv", "there is no folder new.csv"),
        ("n" * 300, "it cannot be written"),
    ):
        code, output, errors = say(*line, "--out", out)
        assert (code, output) == (2, "")
        assert f"--out {out}: {why}" in errors
        assert "; name a file in a folder you may write to" in errors


def test_predict_arrays(home, say):
    (home / "tiny.toml").write_text(TINY + BEST)
    results = rnnsweep.run("tiny.toml", jobs=1)
    model, params = rnnsweep.load_model(results)
    x = np.random.default_rng(0).random((3, 6, 2))
    np.savez("new.npz", x=x, lengths=[6, 2, 1])
    code, output, _ = say("predict", "results/tiny", "--data", "new.npz")
    assert code == 0
    predictions = [float(row["y_0"]) for row in csv.DictReader(output.splitlines())]
    assert predictions == model.forward(params, x, [6, 2, 1])[:, 0].tolist()


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("results/tiny --data series.csv", 3, 'put save_params = "best" under [output]'),
        ("results/tiny --data series.csv --trial t1", 2, "no trial 't1'"),
        ("results/forecast --data absent.csv", 2, "absent.csv: there is no such file"),
        ("results/forecast --data tiny.toml", 2, "tiny.toml: line 6"),
        ("results/absent --data series.csv", 3, "holds no results"),
        ("results/forecast", 2, "--data"),
    ],
)
@pytest.mark.usefixtures("forecast")
def test_what_cannot_be_predicted(home, say, line, code, message):
    before = snapshot(home)
    exit_code, output, errors = say("predict", *line.split(), "--out", "out.csv")
    assert (exit_code, output) == (code, "")
    assert message in errors
    assert snapshot(home) == before


# Problems that differ


def test_losses_of_problems_that_differ_are_not_ranked_by_size(home, say):
    # The loss mae is the larger one wherever losses are below 1.
    problems = '[[zip]]\ntrain.loss = ["mse", "mae"]\n[output]\nsave_params = "best"\n'
    (home / "losses.toml").write_text(TINY + problems)
    code, output, errors = say("run", "losses.toml")
    assert code == 0, errors
    for text in (output, say("summary", "results/losses")[1]):
        assert "Validation loss of the trivial predictors:\n  loss mse: mean 0." in text
        assert "\n  loss mae: " in text
        assert "ranked by the loss over its baseline, since the problems differ: the median" in text
    results = rnnsweep.load("results/losses")
    trials = results.trials
    ratios = trials["best_val_loss"] / trials["baseline"]
    medians = ratios.groupby([trials["loss"], trials["hidden_size"]]).median().sort_values()
    summary = results.summary()
    assert list(zip(summary["loss"], summary["hidden_size"], strict=True)) == list(medians.index)
    best = trials.loc[ratios.idxmin(), "trial_id"]
    np.testing.assert_array_equal(
        rnnsweep.load_model(results)[1]["W_hh"], rnnsweep.load_model(results, best)[1]["W_hh"]
    )


def test_many_problems_are_not_listed(home, say):
    (home / "lengths.toml").write_text(TINY + "task.seq_len = [4, 5, 6, 7, 8, 9]\n")
    code, output, errors = say("run", "lengths.toml", "--set", "train.epochs=1")
    assert code == 0, errors
    assert "it differs with the problem, see the column baseline of trials.csv" in output
    (home / "lengths.toml").write_text(TINY + "task.seq_len = [4]\n")
    output = say("run", "lengths.toml")[1]
    assert "Validation loss of the trivial predictors: mean 0." in output
    assert "ranked by the median with a diverged" in output


# Results that may only be read

ONLY_READING = """
import os, sys
from rnnsweep.cli.main import main
def ends():
    try:
        main()
    except SystemExit as end:
        sys.stdout.flush()
        return end.code or 0
code = ends()  # as who we are: everything is imported now
if os.getuid() == 0:  # permissions mean nothing to root
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
sys.exit(max(code, ends()))
"""


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX permissions")
@pytest.mark.parametrize("verb", ["summary", "status", "verify"])
def test_results_that_may_only_be_read(done, verb):
    # pytest's own folder is closed to other users
    with tempfile.TemporaryDirectory(prefix="rnnsweep-") as name:
        home = Path(name)
        home.chmod(0o755)
        folder = home / "copy"
        shutil.copytree(done.path, folder)
        for path in (*folder.rglob("*"), folder):
            path.chmod(0o555 if path.is_dir() else 0o444)
        before = snapshot(home)
        options = ["--sample", 0] if verb == "verify" else []
        code, output, errors = command(verb, folder, *options, cwd=home, code=ONLY_READING)
        try:
            assert (code, errors) == (0, "")
            own, other = output[: len(output) // 2], output[len(output) // 2 :]
            if verb == "summary":
                assert own == other
                assert "hidden_size" in own
            elif verb == "verify":
                assert own == other
                assert "the tables agree with it" in own
            else:
                assert output.count("tiny: 4 of 4 trials") == 2
            assert snapshot(home) == before
        finally:
            folder.chmod(0o755)
            (folder / "plots").chmod(0o755)
