"""The parts of a sweep that several machines train: the same everywhere, balanced, all of it."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from commandline import ROOT, TINY, command, rows
from hypothesis import given, settings
from hypothesis import strategies as st
from sweep_cases import GOOD, load

import rnnsweep
from rnnsweep.errors import SweepError
from rnnsweep.execution.plan import make_plan
from rnnsweep.execution.shards import shards_of, take_shard
from rnnsweep.record import Recording
from rnnsweep.training.workload import trial_seconds

# Axes whose values change what a trial costs, and others.
AXES = {
    "model.hidden_size": [1, 2, 16, 300],
    "task.n_train": [1, 30, 5000],
    "train.epochs": [1, 2, 1000],
    "model.activation": ["tanh", "relu"],
    "train.learning_rate": [0.1, 0.2, 0.3],
    "seed": list(range(7)),
}
TRIALS_OF_GRID = "[grid]\nmodel.hidden_size = [2, 40]\ntrain.learning_rate = [0.1, 0.2]\n"


@st.composite
def sweeps(draw):
    """The search forms of a file: a grid, draws, a [[when]] and an exclusion."""
    keys = draw(st.lists(st.sampled_from(sorted(AXES)), unique=True, min_size=1))
    text = "[grid]\n" + "".join(f"{key} = {json.dumps(AXES[key])}\n" for key in keys)
    if draw(st.booleans()):
        text += f"[random]\ntrials = {draw(st.integers(1, 20))}\n"
        text += "train.batch_size = {from = 1, to = 500}\n"
    if "model.activation" in keys and draw(st.booleans()):
        text += '[[when]]\nif.model.activation = "relu"\nmodel.num_layers = [1, 2, 3]\n'
    if {"model.activation", "train.epochs"} <= {*keys} and draw(st.booleans()):
        text += '[[exclude]]\nmodel.activation = "tanh"\ntrain.epochs = [1, 1000]\n'
    return GOOD + text


def seconds(sweep):
    return np.array([trial_seconds(trial.config, Recording()) for trial in sweep])


@settings(max_examples=40)
@given(sweeps(), st.integers(1, 12))
def test_shards_are_balanced_parts_of_any_sweep(tmp_path_factory, text, n_shards):
    sweep = load(tmp_path_factory.getbasetemp(), text)
    n_shards = min(n_shards, len(sweep))
    parts = [take_shard(sweep, f"{k + 1}/{n_shards}") for k in range(n_shards)]
    assert sorted(i for part in parts for i in part.positions) == list(range(len(sweep)))
    everything, longest = seconds(sweep), 0.0
    loads = []
    for part in parts:
        assert [*part] == [sweep[i] for i in part.positions]
        assert list(part.positions) == sorted(part.positions)
        loads.append(seconds(part).sum())
        longest = everything.max()
    # Costs are rounded to three digits: by half a percent at most.
    assert max(loads) - min(loads) <= longest + 0.01 * max(loads)
    numbers = shards_of(sweep, n_shards)
    assert [np.flatnonzero(numbers == k).tolist() for k in range(n_shards)] == [
        [*part.positions] for part in parts
    ]


def test_trials_of_one_cost_are_scattered(tmp_path):
    """No shard has all trials of a value, although the shards' number divides the axis."""
    text = GOOD + "[grid]\ntrain.learning_rate = [0.1, 0.2, 0.3, 0.4]\nseed = {from = 0, to = 99}\n"
    sweep = load(tmp_path, text.replace("to = 99}", "to = 99, num = 100}"))
    for k in range(1, 5):
        part = take_shard(sweep, f"{k}/4")
        assert len(part) == 100
        rates = [trial.config.train.learning_rate for trial in part]
        assert all(10 < rates.count(rate) < 40 for rate in (0.1, 0.2, 0.3, 0.4))


def test_the_parts_are_known(tmp_path):
    """Machines on which rnnsweep differs in its version agree: these numbers should not change."""
    sweep = load(tmp_path, GOOD + TRIALS_OF_GRID + "seed = [0, 1, 2]\n")
    assert shards_of(sweep, 3).tolist() == [1, 0, 0, 2, 1, 2, 0, 1, 1, 2, 2, 0]


def test_a_shard_does_not_depend_on_the_process(tmp_path):
    """Neither on the seed of Python's hashes nor on what was loaded before."""
    (tmp_path / "s.toml").write_text(GOOD + TRIALS_OF_GRID)
    code = (
        "import sys; from rnnsweep.sweepfile import load\n"
        "from rnnsweep.execution.shards import shards_of\n"
        "print(shards_of(load(sys.argv[1]), 3).tolist())"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / "s.toml")],
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1")
    }
    assert len(printed) == 1


@pytest.mark.parametrize(
    ("shard", "message"),
    [
        ("3-8", "--shard '3-8' is no shard; allowed: K/N, as in 3/8 for the third of eight"),
        ("/8", "--shard '/8' is no shard"),
        ("", "--shard '' is no shard"),
        ("٣/8", "is no shard"),
        ("9" * 40 + "/3", "is no shard"),
        ("0/8", "--shard 0/8: there is no shard 0 of 8; allowed: 1/8 to 8/8"),
        ("9/8", "--shard 9/8: there is no shard 9 of 8; allowed: 1/8 to 8/8"),
        ("1/0", "--shard 1/0: a sweep has at least one shard, as in 1/1"),
        (
            "5/999999999",
            "--shard 5/999999999: the sweep has 4 trials, so that the shards from 5/999999999 on "
            "are empty; allowed: 1/999999999 to 4/999999999, or fewer shards",
        ),
    ],
)
def test_a_wrong_shard_is_refused(tmp_path, say, shard, message):
    (tmp_path / "s.toml").write_text(GOOD + TRIALS_OF_GRID)
    for verb in ("run", "plan"):
        code, output, errors = say(verb, tmp_path / "s.toml", "--shard", shard)
        assert (code, output) == (2, "")
        assert message in errors
    with pytest.raises(SweepError) as caught:
        rnnsweep.run(tmp_path / "s.toml", shard=shard)
    assert message.replace("--shard ", "shard=") in str(caught.value)


def test_more_shards_than_trials(tmp_path):
    sweep = load(tmp_path, GOOD + TRIALS_OF_GRID)
    parts = [take_shard(sweep, f"{k}/6") for k in (1, 2, 3, 4)]
    assert [len(part) for part in parts] == [1, 1, 1, 1]
    assert {part.positions[0] for part in parts} == {0, 1, 2, 3}
    assert parts[0].notes == ("the sweep has 4 trials, so that the shards from 5/6 on are empty",)


def test_a_run_of_a_shard(tmp_path):
    (tmp_path / "tiny.toml").write_text(TINY)
    code, output, errors = command("run", "tiny.toml", "--shard", "2/3", cwd=tmp_path)
    assert code == 0, errors
    part = take_shard(load(tmp_path, TINY, name="tiny.toml"), "2/3")
    assert "tiny, shard 2/3: 1 trial of 4, 1 to train" in errors
    assert "shard 2/3: 1 of the 4 trials of tiny" in output
    folder = tmp_path / "results" / "tiny-2of3"
    assert [row[0] for row in rows(folder / "trials.csv")[1:]] == [part[0].trial_id]
    line = "shard 2/3: 1 of the 4 trials of tiny\n"
    assert command("status", folder, cwd=tmp_path)[1].splitlines()[1] == line.rstrip()
    assert command("summary", folder, cwd=tmp_path)[1].startswith(line)
    assert command("plot", folder, cwd=tmp_path)[2] == line
    plan = command("plan", "tiny.toml", "--shard", "2/3", cwd=tmp_path)[1]
    assert "1 of 4, shard 2/3" in plan
    assert "1 in results/tiny-2of3" in plan
    # The same again trains nothing; another part goes into another folder.
    assert "0 to train" in command("run", "tiny.toml", "--shard", "2/3", cwd=tmp_path)[2]
    assert command("run", "tiny.toml", "--shard", "1/3", cwd=tmp_path)[0] == 0
    assert (tmp_path / "results" / "tiny-1of3" / "store.db").exists()


def test_a_damaged_shard_is_repaired_by_the_command_that_is_named(tmp_path):
    (tmp_path / "tiny.toml").write_text(TINY)
    assert command("run", "tiny.toml", "--shard", "1/2", "--no-plots", cwd=tmp_path)[0] == 0
    store = tmp_path / "results" / "tiny-1of2" / "store.db"
    trials = store.with_name("trials.csv").read_bytes()
    content = bytearray(store.read_bytes())
    content[content.index(b'"hidden_size"') + 20] ^= 1
    store.write_bytes(content)
    code, _, errors = command("run", "tiny.toml", "--shard", "1/2", "--no-plots", cwd=tmp_path)
    assert code == 3
    named = "python -m rnnsweep run tiny.toml --shard 1/2 --repair"
    assert named in errors
    assert command(*named.split()[3:], "--no-plots", cwd=tmp_path)[0] == 0
    assert store.with_name("trials.csv").read_bytes() == trials


def test_a_folder_of_one_shard_takes_another(tmp_path, monkeypatch, no_plots):
    monkeypatch.chdir(tmp_path)
    sweep = load(tmp_path, TINY, name="tiny.toml")
    for k, n_trials in ((1, 2), (2, 2)):
        results = rnnsweep.run("tiny.toml", shard=f"{k}/2", results="out")
        assert len(results.trials) == n_trials
        assert results.trials["trial_id"].tolist() == [
            trial.trial_id for trial in take_shard(sweep, f"{k}/2")
        ]
    # Both are there: the whole sweep trains nothing more.
    assert make_plan(sweep, "out", 1, measure=False).n_done == 4
    assert len(rnnsweep.run("tiny.toml", results="out").trials) == 4
