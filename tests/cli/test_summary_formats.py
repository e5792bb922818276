"""`summary` by another number, and in formats for other programs."""

import csv
import io
import json
from pathlib import Path

import pytest

from rnnsweep import load


@pytest.mark.parametrize("form", ["csv", "json"])
def test_formats_for_programs_have_the_numbers_of_the_table(home, say, form):
    code, output, errors = say("summary", "results/tiny", "--format", form)
    assert (code, errors) == (0, "")
    rows = json.loads(output) if form == "json" else list(csv.DictReader(io.StringIO(output)))
    text = Path("results/tiny/summary.csv").read_text()
    written = list(csv.DictReader(io.StringIO(text)))
    assert [{name: str(cell) for name, cell in row.items()} for row in rows] == written
    if form == "json":
        assert say("summary", "results/tiny", "--json")[1] == output
    else:
        assert output == text


def test_markdown(home, say):
    _, output, _ = say("summary", "results/tiny", "--format", "markdown", "--top", 1)
    heading, rule, row = output.splitlines()
    assert heading.startswith("| rank | hidden_size | trials |")
    assert set(rule) <= set("|:- ")
    assert row.startswith("| **1** | **")


def test_another_metric(home, say):
    code, output, errors = say("summary", "results/tiny", "--metric", "test_loss", "--json")
    assert (code, errors) == (0, "")
    rows = json.loads(output)
    trials = load("results/tiny").trials
    for row in rows:
        own = trials[trials.hidden_size == row["hidden_size"]].test_loss
        assert row["mean"] == pytest.approx(own.mean())
    assert [row["median"] for row in rows] == sorted(row["median"] for row in rows)
    frame = load("results/tiny").summary(metric="test_loss")
    assert frame["median"].tolist() == [row["median"] for row in rows]
    screen = say("summary", "results/tiny", "--metric", "test_loss")[1]
    assert "ranked by the median of test_loss" in screen
    assert "choose no setting by its test_loss" in screen
    assert "choose no setting" not in say("summary", "results/tiny")[1]


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (("--metric", "best_vla_loss"), "did you mean best_val_loss?"),
        (
            ("--metric", "test_accuracy"),
            "no trial has a test_accuracy; these trials have best_val_loss, test_loss",
        ),
        (("--format", "csv", "--json"), "--json and --format csv are two formats"),
        (("--by", ""), "it is empty; allowed: a name, or several"),
        (("--by", "activatio"), "in these results; did you mean activation?"),
        (("--format", "jsn"), "allowed: table, csv, json, markdown; did you mean json?"),
    ],
)
def test_what_is_wrong(home, say, option, message):
    code, output, errors = say("summary", "results/tiny", *option)
    assert (code, output) == (2, "")
    assert message in errors
