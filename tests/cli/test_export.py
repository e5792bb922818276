"""`export`: the results as one table, for other programs and for a paper."""

import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rnnsweep import exit_codes, load
from rnnsweep.record import Record
from rnnsweep.store.store import Store

HOSTILE = "=cmd()|' /C calc'!A0"


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_a_row_a_trial_without_the_columns_that_never_vary(home, say):
    code, output, errors = say("export", "results/tiny")
    assert code == 0
    written = pd.read_csv("results/tiny/trials.csv", dtype=str, keep_default_na=False)
    varying = [
        name
        for name in written.columns
        if written[name].nunique() > 1 or name in ("trial_id", "hidden_size", "seed")
    ]
    assert table(output) == written[varying].to_dict("records")
    n_constant = len(written.columns) - len(varying)
    assert errors == (
        f"left out: {n_constant} columns that are the same in all trials; "
        "trials.csv has all columns\n"
    )


def test_to_a_file(home, say):
    printed = say("export", "results/tiny")[1]
    Path("out.csv").write_text("before")
    code, output, errors = say("export", "results/tiny", "--out", "out.csv")
    assert (code, output) == (0, "")
    assert errors.endswith("written: out.csv\n")
    assert Path("out.csv").read_text() == printed
    assert [path.name for path in home.iterdir() if path.name.startswith(".tmp")] == []


def test_a_row_an_epoch(home, say):
    text = Path("results/tiny/epochs.csv").read_text()
    assert say("export", "results/tiny", "--epochs") == (0, text, "")
    assert say("export", "results/tiny", "--epochs", "--out", "epochs.csv")[0] == 0
    assert Path("epochs.csv").read_text() == text


def test_parquet(home, say):
    pytest.importorskip("pyarrow")
    assert say("export", "results/tiny", "--format", "parquet", "--out", "a.parquet")[0] == 0
    frame, trials = pd.read_parquet("a.parquet"), load("results/tiny").trials
    assert list(frame.columns) == list(table(say("export", "results/tiny")[1])[0])
    for name in frame.columns:
        assert frame[name].tolist() == trials[name].tolist()
    line = ("export", "results/tiny", "--format", "parquet", "--epochs", "--out", "b.parquet")
    assert say(*line)[0] == 0
    epochs = load("results/tiny").epochs
    assert pd.read_parquet("b.parquet")["val_loss"].tolist() == epochs["val_loss"].tolist()


@pytest.mark.parametrize("form", ["latex", "markdown"])
def test_tables_of_settings(home, say, form):
    code, output, errors = say("export", "results/tiny", "--format", form)
    assert (code, errors) == (0, "")
    best = load("results/tiny").best(1)
    bold = r"\textbf{1} & \textbf{%d}" if form == "latex" else "| **1** | **%d** |"
    assert bold % best.hidden_size[0] in output
    assert say("export", "results/tiny", "--format", form, "--by", "seed", "--out", "t")[0] == 0
    assert "seed" in Path("t").read_text()
    line = ("export", "results/tiny", "--format", form, "--metric", "test_loss", "--top", 1)
    _, output, _ = say(*line)
    first = load("results/tiny").summary(metric="test_loss").hidden_size[0]
    assert output.count("hidden") == 1
    assert bold % first in output


def test_the_name_of_the_file_decides_the_format(home, say):
    for name, form in {
        "a.tex": "latex",
        "a.MD": "markdown",
        "a.csv": "csv",
        "a.txt": "csv",
    }.items():
        assert say("export", "results/tiny", "--out", name)[0] == 0
        assert Path(name).read_text() == say("export", "results/tiny", "--format", form)[1]
    assert say("export", "results/tiny", "--format", "latex", "--out", "table")[0] == 0


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("--format xlsx", 2, "allowed: csv, parquet, latex, markdown"),
        ("--format parquet", 2, "--out FILE.parquet"),
        ("--top 3", 2, "--top is for tables of settings"),
        ("--metric test_loss --epochs", 2, "--metric is for tables of settings"),
        ("--format latex --metric test_los", 2, "did you mean test_loss?"),
        ("--by seed", 2, "--by is for tables of settings; take --format latex or markdown"),
        ("--format latex --epochs", 2, "--epochs is for tables of trials; take --format csv"),
        ("--out results/tiny/trials.csv", 2, "is a file of these results"),
        ("--out results/tiny", 2, "is a file of these results"),
        ("--out sub", 2, "it is a folder"),
        ("--out absent/x.csv", 2, "there is no folder absent"),
        ("--format latex --by sed", 2, "did you mean seed?"),
        ("--format latex --out x.csv", 2, "--format latex and --out x.csv are two formats; name a"),
        ("--format csv --out x.md", 2, "a file that ends in .csv, or leave --format out"),
        ("--epochs --out x.tex", 2, "--epochs is for tables of trials; take --format csv"),
    ],
)
def test_what_is_wrong(home, say, line, code, message):
    Path("sub").mkdir()
    before = Path("results/tiny/trials.csv").read_bytes()
    ended, output, errors = say("export", "results/tiny", *line.split())
    assert (ended, output) == (code, "")
    assert message in errors
    assert Path("results/tiny/trials.csv").read_bytes() == before
    assert sorted(path.name for path in home.iterdir()) == ["results", "sub", "tiny.toml"]


def test_no_results(home, say):
    assert say("export", "nowhere")[0] == exit_codes.RESULTS


def fill(folder, n, words):
    """Results with trials whose setting is one of these words."""
    records = [
        Record(
            f"t{i}",
            {"task": HOSTILE, "task_word": words[i % len(words)], "lists": ["a", "b"], "seed": i},
            "complete",
            np.full((1, 3), 0.5),
            best_epoch=0,
        )
        for i in range(n)
    ]
    with Store.writer(folder) as store:
        store.set_sweep(
            "some", "", ["task_word"], [(each.trial_id, each.settings) for each in records]
        )
        store.add(records)
    return folder


def test_names_are_no_formulas(tmp_path, say):
    folder = fill(tmp_path / "some", 4, [HOSTILE, "two\nlines"])
    code, output, _ = say("export", folder)
    assert code == 0
    rows = table(output)
    assert rows[0]["task_word"] == f'"{HOSTILE}"'
    assert rows[1]["task_word"] == "two\nlines"
    assert list(rows[0]) == ["trial_id", "seed", "task_word"]


def test_one_trial_and_none(tmp_path, say):
    folder = fill(tmp_path / "one", 1, ["x"])
    (row,) = table(say("export", folder)[1])
    assert row["best_val_loss"] == "0.5"
    assert "" not in row.values()
    empty = fill(tmp_path / "none", 0, ["x"])
    code, output, _ = say("export", empty)
    assert (code, output) == (0, "trial_id,seed,task_word\n")
    for form in ("latex", "markdown"):
        assert say("export", empty, "--format", form)[0] == 0


def test_trials_that_end_meanwhile_are_left_to_the_next_time(tmp_path, monkeypatch):
    from rnnsweep.tables import tidy

    folder = fill(tmp_path / "some", 3, ["x"])
    with Store.reader(folder) as store:
        heading = tidy.tidy_columns(store, tidy.Survey(store))
        monkeypatch.setattr(
            tidy, "tidy_columns", lambda *_: heading._replace(trial_ids=frozenset({"t0", "t2"}))
        )
        file = io.StringIO()
        tidy.write_tidy_csv(store, file)
    assert [row["trial_id"] for row in table(file.getvalue())] == ["t0", "t2"]
