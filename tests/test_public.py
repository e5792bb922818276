"""The Python face: the names of the package, and what they lead to."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest
from commandline import PATIENCE_S, TINY, assert_same_results, command

import rnnsweep

NAMES = {
    *("Model", "Results", "ResultsError", "RnnsweepError", "SweepError"),
    *("load", "load_model", "load_sweep", "merge", "run", "verify"),
}


def modules_after(code):
    """Top-level modules that a new process holds after some code."""
    shown = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport json, sys\nprint(json.dumps(list(sys.modules)))"],
        cwd=rnnsweep.__path__[0] + "/..",
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE_S,
        check=True,
    ).stdout
    return {name.partition(".")[0] for name in json.loads(shown)}


def test_importing_the_package_loads_nothing_else():
    heavy = {"numpy", "numba", "pandas", "matplotlib", "scipy", "pydantic", "click", "rich"}
    assert not heavy & modules_after("import rnnsweep")
    assert not heavy & modules_after("import rnnsweep; rnnsweep.SweepError; dir(rnnsweep)")
    # and the names load what they need
    assert "sqlite3" in modules_after("import rnnsweep; rnnsweep.load")
    assert "matplotlib" not in modules_after("import rnnsweep; rnnsweep.Model; rnnsweep.run")


def test_the_names_are_those_of_the_design():
    assert set(rnnsweep.__all__) == NAMES | {"__version__"}
    assert dir(rnnsweep) == sorted(rnnsweep.__all__)
    for name in NAMES:
        assert getattr(rnnsweep, name).__doc__
    with pytest.raises(AttributeError, match="'rnnsweep' has no attribute 'Modell'"):
        _ = rnnsweep.Modell
    names = {}
    exec("from rnnsweep import *", names)  # all of them can be had so
    assert set(names) >= NAMES


def test_load_sweep_gives_the_trials_of_a_file(home):
    sweep = rnnsweep.load_sweep("tiny.toml", {"seed": [0, 1, 2], "model.hidden_size": 2})
    assert len(sweep) == len(list(sweep)) == 3
    assert [trial.config.seed for trial in sweep] == [0, 1, 2]
    assert sweep[-1].trial_id == sweep[2].trial_id
    with pytest.raises(rnnsweep.SweepError, match=r'overrides\["epochs"\]: no such key'):
        rnnsweep.load_sweep("tiny.toml", "epochs=5")


@pytest.mark.parametrize(
    "code", ["from rnnsweep import spec; load = spec.load", "from rnnsweep.spec import load"]
)
def test_the_old_name_of_the_sweep_file_works_and_says_what_replaces_it(home, code, monkeypatch):
    monkeypatch.delitem(sys.modules, "rnnsweep.spec", raising=False)
    monkeypatch.delattr(rnnsweep, "spec", raising=False)
    names = {}
    with pytest.warns(DeprecationWarning, match=r"rnnsweep\.load_sweep") as warned:
        exec(code, names)
    assert len(warned) == 1
    assert warned[0].filename == "<string>"  # the caller's line, not one of ours
    assert len(names["load"]("tiny.toml")) == 4


def test_the_errors_are_one_family_with_the_exit_codes():
    assert issubclass(rnnsweep.SweepError, rnnsweep.RnnsweepError)
    assert issubclass(rnnsweep.ResultsError, rnnsweep.RnnsweepError)
    assert (rnnsweep.SweepError.exit_code, rnnsweep.ResultsError.exit_code) == (2, 3)


def test_run_gives_what_the_command_writes(home, done, capfd):
    results = rnnsweep.run("tiny.toml", results="other", jobs=2)
    assert capfd.readouterr() == ("", "")  # it prints nothing
    assert_same_results(home / "other", done.path)
    assert len(results.trials) == 4
    assert len(results.epochs) == 8
    assert list(results.summary(by=["hidden_size", "seed"]).columns[:3]) == [
        *["hidden_size", "seed", "n"]
    ]
    assert len(results.best(n=1)) == 1
    assert repr(results) == f"Results({str(results.folder)!r}, 4 trials: 4 complete)"


def test_run_writes_to_a_folder_named_after_the_file(home):
    (home / "named.toml").write_text(TINY)
    results = rnnsweep.run(home / "named.toml", overrides=["model.hidden_size=2", "seed=7"])
    assert (home / "results" / "named" / "trials.csv").exists()
    assert results.trials["seed"].tolist() == [7]


def test_load_gives_what_run_gave(home, done):
    run, loaded = rnnsweep.run("tiny.toml"), rnnsweep.load(done.path)
    assert run.trials.equals(loaded.trials)
    assert run.epochs.equals(loaded.epochs)
    assert run.summary().equals(loaded.summary())


def test_errors_reach_the_caller(home):
    with pytest.raises(rnnsweep.SweepError, match="there is no such file"):
        rnnsweep.run("absent.toml")
    with pytest.raises(rnnsweep.SweepError, match="allowed: threads, serial"):
        rnnsweep.run("tiny.toml", executor="processes")
    with pytest.raises(rnnsweep.ResultsError, match="holds no results"):
        rnnsweep.load("absent")
    with pytest.raises(rnnsweep.SweepError, match="no setting 'size'"):
        rnnsweep.load("results/tiny").summary(by="size")
    (home / "foreign").mkdir()
    (home / "foreign" / "thesis.txt").write_text("years of work")
    with pytest.raises(rnnsweep.ResultsError, match="not results of a sweep") as caught:
        rnnsweep.run("tiny.toml", results="foreign")
    assert str(caught.value).endswith("choose another folder with results=")


def test_one_override_may_be_a_text_of_its_own(home):
    results = rnnsweep.run("tiny.toml", results="other", overrides="train.epochs=3")
    assert results.trials["epochs_run"].tolist() == [3] * 4


def test_overrides_may_be_a_dict(home):
    given = {"train.epochs": 3, "seed": [0, 1], "model.hidden_size": np.array([2, 3])}
    results = rnnsweep.run("tiny.toml", results="other", overrides=given, plots=False)
    assert results.trials["epochs_run"].tolist() == [3] * len(results.trials)
    assert set(results.trials["hidden_size"]) == {2, 3}
    with pytest.raises(rnnsweep.SweepError, match=r'overrides\["epochs"\]: no such key') as caught:
        rnnsweep.run("tiny.toml", results="other", overrides={"epochs": 3})
    assert "--" not in str(caught.value)
    with pytest.raises(rnnsweep.SweepError, match=r"overrides is None; allowed: a dict"):
        rnnsweep.run("tiny.toml", results="other", overrides=None)


@pytest.mark.parametrize("of", [np.int8, np.uint64, np.intp, np.array])
def test_whole_numbers_of_numpy_are_whole_numbers(home, of):
    results = rnnsweep.run(
        "tiny.toml", results="other", jobs=of(2), data_memory=of(100), plots=False
    )
    assert len(results.best(n=of(1))) == 1
    (trial,) = rnnsweep.load_sweep(
        "tiny.toml", {"seed": 3, "model.hidden_size": 2, "train.epochs": 1}
    )
    drawn, same = trial.config.task.data(of(3)), trial.config.task.data(3)
    np.testing.assert_array_equal(drawn.train.x, same.train.x)


@pytest.mark.parametrize("wrong", [True, np.True_, 2.0, np.float64(2), "2", [2], -1, np.int64(-1)])
def test_what_is_no_whole_number_is_refused(home, wrong):
    for name in ("jobs", "data_memory"):
        with pytest.raises(rnnsweep.SweepError, match=f"{name} is .*a whole number"):
            rnnsweep.run("tiny.toml", results="other", **{name: wrong})
    with pytest.raises(rnnsweep.SweepError, match=r"n is .*a whole number of at least 1"):
        rnnsweep.load("results/tiny").best(n=wrong)


def test_a_setting_that_is_none_is_answered_with_those_that_vary(home):
    results = rnnsweep.load("results/tiny")
    for wrong in ("nosuch", ["hidden_size", 3]):
        with pytest.raises(rnnsweep.SweepError, match="no setting") as caught:
            results.summary(by=wrong)
        allowed = str(caught.value).rpartition("allowed: ")[2]
        assert re.fullmatch(r"hidden_size, or one of the \d\d others in trials\.csv", allowed)
    alone = rnnsweep.run(
        "tiny.toml", results="alone", plots=False, overrides={"model.hidden_size": 2, "seed": 0}
    )
    with pytest.raises(
        rnnsweep.SweepError,
        match=r"mean hidden_size\?; allowed: one of the \d\d settings",
    ):
        alone.summary(by="hiden_size")
    with pytest.raises(rnnsweep.SweepError, match="by is 5; allowed: the name of a setting"):
        results.summary(by=5)


def test_the_model_of_the_design():
    model = rnnsweep.Model(
        cell="rnn",
        input_size=10,
        hidden_size=5,
        output_size=2,
        activation="sigmoid",
        output_activation="sigmoid",
        output="every",
        init="torch",
        dtype="float32",
    )
    params = model.init(seed=0)
    assert {name: array.shape for name, array in params.items()} == {
        **{"W_xh": (10, 5), "W_hh": (5, 5), "b_h": (5,)},
        **{"W_hy": (5, 2), "b_y": (2,)},
    }
    x = np.random.default_rng(0).standard_normal((3, 7, 10)).astype(np.float32)
    y = model.forward(params, x)
    assert y.shape == (3, 7, 2)
    target = np.zeros((3, 7, 2), np.float32)
    loss, grads = model.loss_and_gradients(params, x, target, loss="mse", gradient="bptt")
    # the same mean, taken in another order: 42 roundings of 6e-8 at most
    assert loss == pytest.approx(np.mean(np.square(y, dtype=np.float64)), rel=3e-6)
    assert {name: array.shape for name, array in grads.items()} == {
        name: array.shape for name, array in params.items()
    }


def test_the_command_is_the_package_s_own(tmp_path):
    code, output, _ = command("--version", cwd=tmp_path)
    assert (code, output) == (0, f"rnnsweep, version {rnnsweep.__version__}\n")
