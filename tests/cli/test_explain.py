"""`summary --explain`: the shares of the variance on the screen and in other formats."""

import csv
import io
import json
import re

import pytest
from plot_cases import CASES, draws_case, grid_case, tables
from stored_cases import store_case

from rnnsweep.analysis.parts_of_variance import MEASURES
from rnnsweep.cli.summary_command import summary
from rnnsweep.tables.results import load


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Change to a folder with the results of the invented grid, and return it."""
    store_case(tmp_path / "grid", grid_case())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_screen_has_the_parts_and_how_they_were_computed(folder, say):
    code, output, errors = say("summary", "grid", "--explain")
    assert (code, errors) == (0, "")
    importance = load("grid").explained()
    lines = output.splitlines()
    assert lines[0] == "Share of the variance of the rank of the best validation loss:"
    rows = [re.split("  +", line.strip()) for line in lines if " % to " in line]
    assert rows == [
        [part.name, f"{100 * part.share:.1f} %", f"{100 * part.corrected:.1f} %",
         f"{100 * part.low:.1f} % to {100 * part.high:.1f} %"]
        for part in importance.parts
    ]  # fmt: skip
    assert importance.note in lines
    assert lines[-1].startswith("Only seed varies among the trials of a setting; cross seed_data")


def test_another_measure(folder, say):
    _, output, _ = say("summary", "grid", "--explain", "--measure", "log_loss")
    first = load("grid").explained("log_loss").parts[0]
    assert "variance of the logarithm of the best validation loss" in output
    assert f"{100 * first.share:.1f} %" in output


def test_top_limits_settings_and_pairs(folder, say):
    _, output, _ = say("summary", "grid", "--explain", "--top", "1")
    parts = load("grid").explained().parts
    shares = [
        sum(getattr(p, share) for p in parts[first + 1 :] if p.kind == parts[first].kind)
        for first in (0, 3)
        for share in ("share", "corrected")
    ]
    rows = [line.strip().split("  ")[0] for line in output.splitlines() if " %" in line]
    assert "2 other settings" in rows
    assert "2 other pairs" in rows
    assert all(f"{100 * share:.1f} %" in output for share in shares)
    assert "hidden_size" not in rows


def test_json_and_csv_have_exact_numbers(folder, say):
    importance = load("grid").explained()
    written = json.loads(say("summary", "grid", "--explain", "--format", "json")[1])
    assert written["method"] == "anova"
    assert written["note"] == importance.note
    assert [part["share"] for part in written["parts"]] == [p.share for p in importance.parts]
    assert [part["corrected_share"] for part in written["parts"]] == [
        part.corrected for part in importance.parts
    ]
    assert say("summary", "grid", "--explain", "--json")[1] == json.dumps(written, indent=2) + "\n"
    rows = list(
        csv.DictReader(io.StringIO(say("summary", "grid", "--explain", "--format", "csv")[1]))
    )
    assert [row["settings"] for row in rows] == [part.name for part in importance.parts]
    assert [float(row["ci95_low"]) for row in rows] == [part.low for part in importance.parts]
    assert [float(row["sum_sq"]) for row in rows] == [part.sum_sq for part in importance.parts]


def test_markdown(folder, say):
    _, output, _ = say("summary", "grid", "--explain", "--format", "markdown")
    lines = output.splitlines()
    assert lines[:2] == [
        "| setting or pair | share | corrected | 95 % interval |",
        "| :-- | --: | --: | --: |",
    ]
    assert len(lines) == 2 + 8
    assert lines[2].startswith("| learning_rate | ")


def test_crossed_seeds_have_their_shares(tmp_path, say):
    trials, epochs = tables(
        {"hidden_size": (8, 16), "seed_data": range(3), "seed_init": range(3)},
        lambda settings, seed: [9.0, 0.1 * settings["hidden_size"] + settings["seed_data"]],
        seeds=1,
    )
    swept = ["hidden_size", "seed_data", "seed_init"]
    store_case(tmp_path / "seeds", (trials, epochs, swept, {}))
    code, output, errors = say("summary", str(tmp_path / "seeds"), "--explain")
    assert (code, errors) == (0, "")
    assert re.search("seed_data +9", output)
    assert "Of the scatter of a setting: seed_data 100.0 %" in output


def test_an_estimate_has_no_intervals(tmp_path, say):
    store_case(tmp_path / "draws", draws_case())
    code, output, errors = say("summary", str(tmp_path / "draws"), "--explain")
    assert (code, errors) == (0, "")
    assert "95 % interval" not in output
    assert "corrected" not in output
    assert "An estimate, since the settings were drawn at random." in output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--explain", "--by", "cell"],
         "--explain is about all settings and the best loss: no --by"),
        (["--explain", "--metric", "test_loss"],
         "--explain is about all settings and the best loss: no --metric"),
        (["--measure", "rank"], "--measure needs --explain"),
        (["--explain", "--measure", "ranks"],
         "no measure 'ranks'; allowed: rank, log_loss; did you mean rank?"),
    ],
)  # fmt: skip
def test_what_does_not_go_together(folder, say, options, message):
    assert say("summary", "grid", *options) == (2, "", f"rnnsweep: {message}\n")


def test_the_measures_are_completed():
    (option,) = [o for o in summary.params if o.name == "measure"]
    words = [item.value for item in option.shell_complete(summary.make_context("", ["x"]), "")]
    assert words == list(MEASURES)


def test_nothing_to_explain(tmp_path, say):
    store_case(tmp_path / "single", CASES["single"]())
    code, output, errors = say("summary", str(tmp_path / "single"), "--explain")
    assert (code, output) == (2, "")
    assert errors == "rnnsweep: no importance of settings: the sweep varies no setting\n"
