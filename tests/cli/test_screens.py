"""The screens: how they show numbers, and the remarks below a table."""

import itertools
import json
import re
from pathlib import Path

import numpy as np
import pytest
from commandline import TINY
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from rich.text import Text

from rnnsweep.cli.screens.console import make_console
from rnnsweep.record import Record
from rnnsweep.store.store import Store

DECAYS = [0.9999, 0.99995, 0.99999]


def fill(path, swept, settings, **fields):
    """Results with a trial for each of these settings; their losses are 0.5, 1.5, 2.5, ..."""
    with Store.writer(path) as store:
        records = [
            Record(
                f"t{i}",
                {"task": "adding", "seed": 0, **own},
                "complete",
                np.full((1, 3), i + 0.5),
                best_epoch=0,
                **{name: values[i] for name, values in fields.items()},
            )
            for i, own in enumerate(settings)
        ]
        store.set_sweep(
            "some", "", swept, [(record.trial_id, record.settings) for record in records]
        )
        store.add(records)
    return path


def cells(output, column):
    """The column of a table on a screen, from its heading's last line on."""
    lines = [line.split() for line in output.splitlines()]
    start = next(i for i, words in enumerate(lines) if words[:1] == ["rank"])
    place = lines[start].index(column)
    return [words[place] for words in itertools.takewhile(bool, lines[start + 2 :])]


def test_values_that_differ_in_their_last_digits_look_different(tmp_path, say):
    folder = fill(tmp_path, ["decay"], [{"decay": decay} for decay in DECAYS])
    for line in ((), ("--by", "decay"), ("--by", "task,decay")):
        code, output, _ = say("summary", folder, *line)
        assert code == 0
        assert cells(output, "decay") == ["0.9999", "0.99995", "0.99999"]
    _, output, _ = say("summary", folder, "--json")
    assert [row["decay"] for row in json.loads(output)] == DECAYS


@hypothesis_settings(
    deadline=None, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    values=st.lists(
        st.floats(0.999, 1.001) | st.floats(1e-300, 1e300), min_size=2, max_size=6, unique=True
    )
)
def test_equal_rows_are_no_different_values(tmp_path_factory, say, values):
    folder = tmp_path_factory.mktemp("results")
    fill(folder, ["learning_rate"], [{"learning_rate": value} for value in values])
    _, output, _ = say("summary", folder)
    shown = cells(output, "learning_rate")
    assert len(set(shown)) == len(values)
    _, output, _ = say("summary", folder, "--json")
    assert [row["learning_rate"] for row in json.loads(output)] == values


@pytest.mark.parametrize("decays", [DECAYS, DECAYS[2:]])
def test_a_plan_shows_values_that_differ(tmp_path, monkeypatch, say, decays):
    monkeypatch.chdir(tmp_path)
    text = TINY.replace("[grid]", f"[grid]\ntrain.decay = {decays}")
    (tmp_path / "a.toml").write_text(text.replace("[train]", '[train]\nschedule = "exponential"'))
    code, output, _ = say("plan", "a.toml")
    assert code == 0
    (line,) = [line for line in output.splitlines() if line.startswith("decay")]
    assert line.split(maxsplit=2)[2].strip() == ", ".join(map(str, decays))


def test_problems_that_differ_in_their_last_digits_look_different(tmp_path, say):
    settings = [{"task_noise": decay} for decay in DECAYS]
    folder = fill(tmp_path, ["task_noise"], settings, baselines=[{"mean": 0.25}] * 3)
    _, output, _ = say("summary", folder)
    for decay in DECAYS:
        assert f"  task_noise {decay}: mean 0.25\n" in output


def test_problems_whose_settings_are_lists(tmp_path, say):
    settings = [{"task_inputs": ["a"]}, {"task_inputs": ["a", "b"]}, {"task_lag": 3}]
    names = ["task_inputs", "task_lag"]
    folder = fill(tmp_path, names, settings, baselines=[{"mean": 0.25}] * 3)
    _, output, _ = say("summary", folder)
    for own in ('task_inputs ["a"]', 'task_inputs ["a", "b"]', "task_lag 3"):
        assert f"  {own}: mean 0.25\n" in output


def test_the_test_part_s_side(tmp_path, say):
    fields = {"test_loss": [0.75, 2.0], "test_baseline": [0.875, 0.875]}
    folder = fill(tmp_path, ["hidden_size"], [{"hidden_size": 8}, {"hidden_size": 16}], **fields)
    _, output, _ = say("summary", folder)
    assert re.search(r" test +test *\n rank .* median +loss +baseline *\n", output)
    assert re.search(r" 1  8 .* 0\.5 +0\.75 +0\.875 *\n", output)
    assert "test loss: median, of the params at the best epoch\n" in output
    assert "test baseline: loss of the best trivial predictor on the test part\n" in output
    assert "neither diverged nor failed" not in output


def test_what_no_row_has_is_left_out(tmp_path, say):
    folder = fill(tmp_path, ["hidden_size"], [{"hidden_size": 8}], test_loss=[0.75])
    _, output, _ = say("summary", folder)
    assert "test loss" in output
    assert "baseline" not in output


def test_which_trials_the_losses_are_of(tmp_path, say):
    folder = fill(tmp_path, [], [{"seed": seed} for seed in range(3)])
    with Store.writer(folder) as store:
        store.add([Record("t1", {"task": "adding", "seed": 1}, "diverged", np.ones((1, 3)))])
    _, output, _ = say("summary", folder)
    assert "losses: of the trials that neither diverged nor failed\n" in output
    assert "ci95: 95 % interval of the mean over 2 seeds, by Student's t on its" in output


def test_one_seed_has_no_interval(tmp_path, say):
    folder = fill(tmp_path, ["hidden_size"], [{"hidden_size": 8}, {"hidden_size": 16}])
    _, output, _ = say("summary", folder, "--by", "task")
    assert "no 95 % interval of the mean: no row has two seeds\n" in output
    assert "ci95" not in output


CHOSEN = "The setting with the lowest validation loss"


@pytest.mark.parametrize(
    ("test_loss", "says"), [(0.25, "it beats the best"), (0.5, "it does not beat the best")]
)
def test_the_chosen_setting_is_reported_by_its_test_loss(tmp_path, say, test_loss, says):
    losses = {"test_loss": [test_loss, 9.0], "test_baseline": [0.5, 0.5]}
    folder = fill(tmp_path, ["decay"], [{"decay": 0.5}, {"decay": 0.9}], **losses)
    _, output, _ = say("summary", folder)
    line = next(line for line in output.splitlines() if line.startswith(CHOSEN))
    assert line == (
        f"{CHOSEN} (decay 0.5) has the test loss {test_loss}: {says} trivial predictor, "
        f"which has 0.5. {int(test_loss < 0.5)} of 1 trial has a lower loss than that predictor; "
        "fewer than two seeds cannot show whether other seeds do the same."
    )
    _, output, _ = say("summary", folder, "--by", "task")
    assert CHOSEN not in output


def test_the_chosen_settings_of_several_problems_are_counted(tmp_path, say):
    losses = {"test_loss": [0.25, 0.75], "test_baseline": [0.5, 0.5]}
    settings = [{"task_seq_len": 10}, {"task_seq_len": 20}]
    folder = fill(tmp_path, ["task_seq_len"], settings, **losses)
    _, output, _ = say("summary", folder)
    assert "On 1 of 2 problems the setting with the lowest validation loss beats" in output


@pytest.mark.parametrize("width", [None, 10_000])
def test_no_console_acts_on_a_name(capsys, width):
    make_console(width).print(Text("\x1b[2J\x07name"))
    assert capsys.readouterr().out == "\\x1b[2Jname\n"


@pytest.mark.parametrize(
    ("statuses", "why"),
    [
        (["diverged"] * 3, "all 3 trials diverged"),
        (["failed"] * 3, "all 3 trials failed"),
        (["diverged", "failed", "diverged"], "of the 3 trials, 2 diverged and 1 failed"),
        (["diverged"], "the only trial diverged"),
        (["diverged", "failed", None], "of the 2 trials that have ended, 1 diverged and 1 failed"),
        (["diverged", "diverged", None], "all 2 trials that have ended diverged"),
        (["failed", None], "the only trial that has ended failed"),
    ],
)
def test_no_setting_is_ranked_where_no_trial_has_a_loss(tmp_path, say, statuses, why):
    with Store.writer(tmp_path) as store:
        own = [{"task": "adding", "cell": f"c{i}", "seed": 0} for i in range(len(statuses))]
        store.set_sweep("some", "", ["cell"], [(f"t{i}", each) for i, each in enumerate(own)])
        store.add(
            Record(f"t{i}", own[i], status, error="x" if status == "failed" else "")
            for i, status in enumerate(statuses)
            if status
        )
    code, output, errors = say("summary", tmp_path)
    assert (code, errors) == (0, "")
    assert f"No setting is ranked: {why}." in output
    assert ("A lower learning_rate" in output) == ("diverged" in statuses)
    assert set(cells(output, "rank")) == {"-"}
    assert not re.search("median|mean|ci95|nan", output)
    for form in ("latex", "markdown"):
        document = say("export", tmp_path, "--format", form)[1]
        assert not re.search(r"textbf|\*\*|nan|median", document)
    code, _, errors = say("show", tmp_path, "best")
    assert code == 3
    assert f"no trial is the best, since {why}; " in errors
    assert say("status", tmp_path)[0] == 0
    page = (say("report", tmp_path)[1].strip(), say("summary", tmp_path, "--explain"))
    assert f"No setting is ranked: {why}." in Path(page[0]).read_text()
    assert page[1][0] == 2
