"""`show`: one trial, and the sweep file that reruns it alone."""

import csv
import json
import shutil

import pytest
from commandline import command

import rnnsweep
from rnnsweep import exit_codes
from rnnsweep.record import Record
from rnnsweep.store.store import Store


def trials(home):
    with (home / "results" / "tiny" / "trials.csv").open() as file:
        return list(csv.DictReader(file))


def test_the_screen_of_a_trial(home, say):
    first = trials(home)[0]
    code, output, errors = say("show", "results/tiny", first["trial_id"])
    assert (code, errors) == (0, "")
    assert f"Trial {first['trial_id']} of tiny: complete after 2 epochs; " in output
    varied, others, rest = output.split(":\n")[1:4]
    assert " ".join(varied.split()) == "hidden_size 2 seed 0 Other settings of its file"
    assert "learning_rate  0.1" in others
    assert "momentum" not in output
    for name in ("best_val_loss", "test_loss", "final_train_loss"):
        assert f"{float(first[name]):.4g}"[:6] in rest, name
    best = (
        f"The best epoch is epoch {first['best_epoch']}, counted from 0; the baseline is the loss"
    )
    assert best in rest
    assert "● validation loss" in output
    assert f"# Trial {first['trial_id']}, alone." in output


def test_json(home, say):
    row = trials(home)[1]
    code, output, _ = say("show", "results/tiny", row["trial_id"], "--json")
    assert code == 0
    shown = json.loads(output)
    assert shown["settings"]["hidden_size"] == int(row["hidden_size"])
    assert shown["best_val_loss"] == float(row["best_val_loss"])
    epochs = rnnsweep.load("results/tiny").epochs
    own = epochs[epochs.trial_id == row["trial_id"]]
    assert shown["epochs"]["val_loss"] == own.val_loss.tolist()
    assert shown["toml"] == say("show", "results/tiny", row["trial_id"], "--toml")[1]
    assert say("show", "results/tiny", "best", "--toml", "--json")[0] == exit_codes.WRONG_INPUT


def test_in_python(home, say):
    results = rnnsweep.load("results/tiny")
    assert results.trial_toml() == say("show", "results/tiny", "best", "--toml")[1]
    with pytest.raises(rnnsweep.SweepError, match="no trial 'zzz'"):
        results.trial_toml("zzz")


def test_all_settings(home, say):
    _, output, _ = say("show", "results/tiny", "best", "--all")
    assert "momentum" in output.partition("Settings that have their defaults")[2]


def test_the_toml_reruns_the_trial(home, say, no_plots):
    row = trials(home)[2]
    beginning = next(
        row["trial_id"][:length]
        for length in range(2, 17)
        if sum(each["trial_id"].startswith(row["trial_id"][:length]) for each in trials(home)) == 1
    )
    code, text, _ = say("show", "results/tiny", beginning, "--toml")
    assert code == 0
    (home / "alone.toml").write_text(text)
    assert say("run", "alone.toml", "--no-plots", "--quiet")[0] == 0
    with (home / "results" / "alone" / "trials.csv").open() as file:
        (again,) = csv.DictReader(file)
    assert again == row


def test_a_folder_that_was_moved(home, say):
    shutil.move("results/tiny", "elsewhere")
    assert say("show", "elsewhere", "best")[1].startswith("Trial t")


def test_a_pipe_without_unicode_and_a_narrow_terminal(home):
    environment = {"PYTHONIOENCODING": "ascii", "COLUMNS": "30"}
    code, output, errors = command("show", "results/tiny", "best", cwd=home, env=environment)
    assert (code, errors) == (0, "")
    assert output.isascii()
    plot = output[output.index("|") :]
    assert "* validation loss" in plot
    plot = plot.partition("\nThe sweep file")[0]
    assert max(map(len, plot.splitlines())) <= 30


def test_settings_are_short_numbers(tmp_path, say):
    values = {"learning_rate": 1e9, "momentum": 0.1 + 0.2, "nesterov": True, "lists": ["a", "b"]}
    settings = {**values, "decay": 0.99995, "hidden_size": 8, "seed": 0}
    with Store.writer(tmp_path) as store:
        store.set_sweep("some", "", list(settings), [("t1", settings)])
        store.add([Record("t1", settings, "diverged", diverged_epoch=0)])
    code, output, _ = say("show", tmp_path, "t1")
    assert code == 0
    shown = dict(line.split(maxsplit=1) for line in output.splitlines()[3:10])
    assert {name: text.strip() for name, text in shown.items()} == {
        "learning_rate": "1e9", "momentum": "0.3", "nesterov": "true", "lists": '["a", "b"]',
        "decay": "0.99995", "hidden_size": "8", "seed": "0",
    }  # fmt: skip
    assert "No epoch has a finite validation loss." in output


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("results/tiny", "zzz"), exit_codes.WRONG_INPUT, "no trial 'zzz' in results/tiny"),
        (("results/tiny", "t"), exit_codes.WRONG_INPUT, "is the beginning of several ids"),
        (("nowhere", "best"), exit_codes.RESULTS, "nowhere"),
    ],
)
def test_what_is_wrong(home, say, arguments, code, message):
    ended, output, errors = say("show", *arguments)
    assert (ended, output) == (code, "")
    assert message in errors


@pytest.fixture
def hostile(tmp_path):
    """Results of trials that ended in other ways, with names that act on a terminal."""
    settings = {"task": "\x1b[31mred.py:f", "task_word": "[bold]x[/bold]", "seed": 0}
    records = [
        Record("t1", settings, "failed", error="no \x1b[2J memory"),
        Record("t2", settings, "diverged", diverged_epoch=0),
        Record("t3", settings, "complete"),
    ]
    text = '[task]\nname = "\\u001b[31mred.py:f"\nword = "[bold]x[/bold]"\n'
    with Store.writer(tmp_path / "hostile") as store:
        store.set_sweep("hostile", text, [], [(each.trial_id, settings) for each in records])
        store.add(records)
        store.set_sweep("hostile", text, [], [("t1", settings), ("t2", settings)])
    return tmp_path / "hostile"


def test_names_do_not_act_on_the_terminal(hostile, say):
    for trial, ending in (("t1", "failed (no \\x1b[2J memory)"), ("t2", "diverged in epoch 0")):
        code, output, _ = say("show", hostile, trial)
        assert code == 0
        assert "\x1b" not in output
        assert ending in output
        assert "[bold]x[/bold]" in output
        assert "\\x1b[31mred.py:f" in output
    _, text, _ = say("show", hostile, "t1", "--toml")
    assert 'name = "\\u001b[31mred.py:f"' in text


def test_a_trial_that_the_file_no_longer_has(hostile, say):
    code, output, _ = say("show", hostile, "t3")
    assert code == 0
    assert output.endswith("The sweep file no longer has this trial.\n")
    code, output, errors = say("show", hostile, "t3", "--toml")
    assert (code, output) == (exit_codes.WRONG_INPUT, "")
    assert "does not have trial t3" in errors
