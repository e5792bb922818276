"""A merge that is killed at any moment goes on when it is repeated."""

import signal
from pathlib import Path

import pytest
from commandline import ROOT, Heard, command, ended, start
from store_cases import record, settings, trial_id

import rnnsweep
from rnnsweep.store.requirements import Requirements
from rnnsweep.store.store import Store

N_TRIALS = 900
N_SHARDS = 3
TEXT = "[grid]\nmodel.hidden_size = [8, 9]\n"

# Kills itself when a method is called for the given time, before or after it.
KILLED = """
import os, signal, sys
from importlib import import_module
from rnnsweep.cli.main import main

when, place, calls = sys.argv.pop(1), sys.argv.pop(1), int(sys.argv.pop(1))
module, owner, name = place.rsplit(".", 2)
owner = getattr(import_module(module), owner)
method = getattr(owner, name)

def killed(*arguments, **options):
    global calls
    calls -= 1
    if not calls and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    result = method(*arguments, **options)
    if not calls:
        os.kill(os.getpid(), signal.SIGKILL)
    return result

setattr(owner, name, killed)
main()
"""
_STORE = "rnnsweep.store.store.Store"
MOMENTS = {
    "before anything is written": ("before", f"{_STORE}.set_sweep", 1),
    "the sweep is entered": ("after", f"{_STORE}.set_sweep", 1),
    "in the first commit": ("after", "rnnsweep.store.copies.Copy.check", 1000),
    "after the first commit": ("after", f"{_STORE}.add_copies", 1),
    "in a later commit": ("after", "rnnsweep.store.copies.Copy.check", 2300),
    "all trials are there": ("before", f"{_STORE}.set_shard", 1),
    "the store is complete": ("after", f"{_STORE}.set_shard", 1),
    "in the tables": ("after", "rnnsweep.tables.epochs_csv.EpochsCsv.add", 400),
    "between two tables": ("after", "rnnsweep.store.folder.Folder.remove", 1),
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Stores of three shards, and what they are in one store."""
    home = tmp_path_factory.mktemp("shards")
    numbers = range(N_TRIALS)
    for shard in range(1, N_SHARDS + 1):
        write(
            home / f"s-{shard}of{N_SHARDS}", numbers[shard - 1 :: N_SHARDS], f"{shard}/{N_SHARDS}"
        )
    write(home / "whole", numbers, "")
    rnnsweep.merge(home / "expected", [home / "whole"], plots=False)
    return home


def write(path, numbers, shard):
    with Store.writer(path) as store:
        store.set_sweep(
            "s", TEXT, ["hidden_size"], ((trial_id(i), settings(i)) for i in numbers),
            Requirements(), positions=numbers, shard=shard, n_trials=N_TRIALS,
        )  # fmt: skip
        store.add([record(i) for i in numbers])


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_merge_goes_on(folders, tmp_path, moment):
    when, place, calls = MOMENTS[moment]
    shards = sorted(folders.glob("s-*"))
    into = tmp_path / "all"
    code, _, errors = ended(
        start(when, place, calls, "merge", into, *shards, "--no-plots", code=KILLED, cwd=ROOT)
    )
    assert code == -signal.SIGKILL, errors
    # What is there can be read, and is a part of the results.
    if (into / "store.db").exists() and moment != "before anything is written":
        assert len(rnnsweep.load(into).trials) in (0, 500, 600, 800, 900, 300)
    heard = Heard()
    rnnsweep.merge(into, shards, plots=False, progress=heard)
    assert heard.said[-1].startswith("s: 900 of 900 trials, from 3 folders")
    for name in ("trials.csv", "epochs.csv", "summary.csv"):
        assert (into / name).read_bytes() == (folders / "expected" / name).read_bytes()
    with Store.reader(into) as store:
        assert store.info().shard == ""
    names = {*Path(folders, "expected").iterdir()}
    assert {path.name for path in into.iterdir()} == {path.name for path in names}


def test_a_killed_merge_of_a_whole_run_is_no_shard(folders, tmp_path):
    """Until a merge has ended, its store is marked as a part; no screen calls it one."""
    into = tmp_path / "all"
    moment = ("after", f"{_STORE}.add_copies", 1)
    code, _, errors = ended(
        start(*moment, "merge", into, folders / "whole", "--no-plots", code=KILLED, cwd=ROOT)
    )
    assert code == -signal.SIGKILL, errors
    for screen in ("status", "summary", "plot"):
        code, output, errors = command(screen, into, cwd=ROOT)
        assert code == 0, errors
        assert "shard" not in output + errors
    assert command("status", into, cwd=ROOT)[1].startswith("s: 500 of 900 trials")
