"""Two files with one name need two folders; a file that was moved continues in its folder."""

import json
import os
import re
import shlex
import shutil
from pathlib import Path

import pytest
from commandline import HEAVY, TINY, imported, snapshot

import rnnsweep
from rnnsweep import SweepError, sweepfile
from rnnsweep.execution.plan import make_plan

OTHER = TINY.replace("[2, 3]", "[4]")


@pytest.fixture
def two(tmp_path, monkeypatch, no_plots):
    """Two sweep files of the same name, the first of which was run."""
    monkeypatch.chdir(tmp_path)
    for folder, text in (("exp1", TINY), ("exp2", OTHER)):
        Path(folder).mkdir()
        Path(folder, "sweep.toml").write_text(text)
    rnnsweep.run("exp1/sweep.toml")
    return tmp_path


def refused(path):
    """Check that neither a run nor a plan of a file goes on; return the message."""
    before = snapshot(Path())
    with pytest.raises(SweepError) as caught:
        rnnsweep.run(path)
    with pytest.raises(SweepError) as planned:
        make_plan(sweepfile.load(path), None, 1, measure=False)
    assert str(planned.value) == str(caught.value)
    assert snapshot(Path()) == before
    return str(caught.value)


def assert_goes_on(path, n_new=0):
    """Check that a file goes on in the folder of its name, training so many trials."""
    plan = make_plan(sweepfile.load(path), None, 1, measure=False)
    assert plan.n_trials - plan.n_done == n_new
    results = rnnsweep.run(path)
    assert results.folder == Path("results", Path(path).stem)
    return results


def test_a_second_file_of_the_name_is_refused(two, say):
    message = refused("exp2/sweep.toml")
    assert str(two / "exp1" / "sweep.toml") in message
    assert "--results results/exp2-sweep " in message
    assert 'results="results/exp2-sweep"' in message
    for verb in ("run", "plan"):
        before = snapshot(two)
        assert say(verb, "exp2/sweep.toml") == (2, "", f"rnnsweep: {message}\n")
        assert snapshot(two) == before


def test_the_folder_that_is_named_will_do(two, say):
    option = re.search(r"--results (\S+)", refused("exp2/sweep.toml"))[1]
    assert say("run", "exp2/sweep.toml", "--results", option, "--quiet")[0] == 0
    assert len(rnnsweep.load(option).trials) == 2
    assert len(rnnsweep.load("results/sweep").trials) == 4
    # The next time it is named again, since it is this sweep's.
    assert f"--results {option} " in refused("exp2/sweep.toml")
    # A third file of the name and of its folder's name gets yet another.
    (two / "deep" / "exp2").mkdir(parents=True)
    shutil.copy("exp2/sweep.toml", "deep/exp2/sweep.toml")
    assert f"--results {option}-2 " in refused("deep/exp2/sweep.toml")


def test_a_name_with_spaces_can_be_typed(two):
    shutil.copytree("exp2", "my exp")
    message = refused("my exp/sweep.toml")
    assert shlex.split(message)[-5:-3] == ["--results", "results/my exp-sweep"]


def test_a_folder_that_is_given_is_taken(two):
    results = rnnsweep.run("exp2/sweep.toml", results="results/sweep")
    assert len(results.trials) == 2
    # It is the second file's now.
    assert "exp2" in refused("exp1/sweep.toml")
    assert_goes_on("exp2/sweep.toml")


@pytest.mark.parametrize("how", ["renamed folder", "deleted", "a folder in its place"])
def test_a_file_that_was_moved_goes_on(two, how):
    if how == "renamed folder":
        Path("exp1").rename("moved")
        assert_goes_on("moved/sweep.toml")
    else:
        Path("exp1/sweep.toml").unlink()
        if how == "a folder in its place":
            Path("exp1/sweep.toml").mkdir()
        assert_goes_on("exp2/sweep.toml", n_new=2)
        Path("exp1/sweep.toml").exists() or Path("exp1/sweep.toml").write_text(TINY)
        if how == "deleted":
            assert "exp2" in refused("exp1/sweep.toml")


def test_a_copy_of_file_and_results_goes_on(two, monkeypatch):
    shutil.copytree(two, two / "copy")
    monkeypatch.chdir(two / "copy")
    assert str(two / "copy" / "exp1") in refused("exp2/sweep.toml")
    assert_goes_on("exp1/sweep.toml")
    assert_goes_on("exp1/sweep.toml")
    monkeypatch.chdir(two)
    assert_goes_on("exp1/sweep.toml")


def test_results_that_moved_know_a_file_that_stayed(two, monkeypatch):
    Path("elsewhere").mkdir()
    Path("results").rename("elsewhere/results")
    monkeypatch.chdir("elsewhere")
    assert str(two / "exp1" / "sweep.toml") in refused("../exp2/sweep.toml")
    assert_goes_on("../exp1/sweep.toml")


SPELLINGS = ["absolute", "dots", "link", "link to its folder", "hard link", "another directory"]


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_another_spelling_goes_on(two, monkeypatch, spelling):
    path = two / "exp1" / "sweep.toml"
    if spelling == "dots":
        path = "exp2/../exp1/./sweep.toml"
    elif spelling in ("link", "hard link"):
        path = Path("exp3/sweep.toml")
        path.parent.mkdir()
        if spelling == "link":
            path.symlink_to("../exp1/sweep.toml")
        else:
            path.hardlink_to("exp1/sweep.toml")
    elif spelling == "link to its folder":
        Path("linked").symlink_to("exp1")
        path = "linked/sweep.toml"
    elif spelling == "another directory":
        Path("elsewhere").mkdir()
        monkeypatch.chdir("elsewhere")
        Path("results").symlink_to("../results")
        path = "../exp1/sweep.toml"
    assert_goes_on(path)
    assert_goes_on(two / "exp1" / "sweep.toml")  # and back again


def test_an_edited_file_goes_on(two):
    Path("exp1/sweep.toml").write_text(OTHER)
    assert_goes_on("exp1/sweep.toml", n_new=2)
    assert_goes_on("exp1/sweep.toml")


def test_another_ending_is_another_file(two):
    shutil.copy("exp1/sweep.toml", "exp1/sweep.txt")
    assert "exp1-sweep" in refused("exp1/sweep.txt")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"\xff",
        b"{}",
        b'{"sweep_file": 3}',
        b'{"sweep_file": "a"}',
        None,
    ],
)
def test_results_that_do_not_know_their_file_go_on(two, content):
    path = Path("results/sweep/environment.json")
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    assert_goes_on("exp2/sweep.toml", n_new=2)
    assert json.loads(path.read_text())["sweep_file"] == str(two / "exp2" / "sweep.toml")


def test_a_refusal_loads_nothing_heavy(two):
    for verb in ("run", "plan"):
        assert not HEAVY & imported(verb, "exp2/sweep.toml")
