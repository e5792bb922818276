"""The command `compare`: its screen, its JSON, and what it says where nothing can be compared."""

import json

import numpy as np
import pytest

import rnnsweep
from rnnsweep.record import Record
from rnnsweep.store.store import Store

LOSSES = {"relu": [0.2, 0.25, 0.3], "tanh": [0.5, 0.625, 0.5], "=cmd()|\n<b>": [0.75, 0.5, 0.625]}
NAMES = list(LOSSES)


def sweep(path, optimizer="sgd", seq_len=10, scale=1.0):
    """Results of three activations, two sizes and three seeds."""
    records = [
        Record(
            f"t{optimizer}{name[0]}{size}{seed}",
            {
                "task": "adding", "activation": name, "hidden_size": size, "optimizer": optimizer,
                "seed": seed, "task_seq_len": seq_len,
            },
            "complete",
            np.full((1, 3), scale * losses[seed] * (16 / size)),
            best_epoch=0,
            test_loss=scale * losses[seed],
        )
        for name, losses in LOSSES.items()
        for size in (8, 16)
        for seed in range(3)
    ]  # fmt: skip
    with Store.writer(path) as store:
        swept = ["activation", "hidden_size"]
        store.set_sweep("some", "", swept, [(r.trial_id, r.settings) for r in records])
        store.add(records)
    return path


def test_the_screen(tmp_path, say):
    folder = sweep(tmp_path / "grid")
    code, output, errors = say("compare", folder, "activation=relu", "activation=tanh")
    assert (code, errors) == (0, "")
    lines = [" ".join(line.split()) for line in output.splitlines()]
    assert lines[:2] == ["a: activation=relu", "b: activation=tanh"]
    assert "pairs 6, of 3 seeds" in lines
    assert "mean best_val_loss a 0.375, b 0.812" in lines
    assert any(line.startswith("mean difference a - b -0.438 ") for line in lines)
    assert any(line.startswith("probability that a is better 100 % ") for line in lines)
    assert (
        "activation=relu is better than activation=tanh: the interval of the mean difference is on "
        "one side of 0." in lines
    )
    assert any(line.startswith("hidden_size 8 3 -0.583 ") for line in lines)
    assert any(line.startswith("16 3 -0.292 ") for line in lines)


def test_the_json_has_the_numbers_of_python(tmp_path, say):
    folder = sweep(tmp_path / "grid")
    _, output, _ = say("compare", folder, "activation=relu", "activation=tanh", "--json")
    answer = json.loads(output)
    frame = rnnsweep.load(folder).compare({"activation": "relu"}, {"activation": "tanh"})
    assert [row["value"] for row in answer["rows"]] == [None, 8, 16]
    assert frame["value"].tolist() == [None, 8, 16]
    for name in list(frame)[2:]:
        assert [row[name] for row in answer["rows"]] == frame[name].tolist()
    for name, value in frame.attrs.items():
        assert answer[name] == value
    assert frame.loc[0, "mean_difference"] == pytest.approx(-0.4375)


def test_another_metric(tmp_path, say):
    folder = sweep(tmp_path / "grid")
    _, output, _ = say(
        "compare", folder, "activation=relu", "activation=tanh", "--metric", "test_loss"
    )
    assert " ".join(output.split()).count("mean test_loss a 0.25, b 0.542") == 1


def test_two_sweeps(tmp_path, say):
    a, b = sweep(tmp_path / "sgd"), sweep(tmp_path / "adam", "adam", scale=0.5)
    code, output, _ = say("compare", a, b)
    assert code == 0
    assert f"a: {a}" in output
    assert "The trials of a pair also differ: optimizer is sgd and adam." in output
    assert f"{b} is better than {a}" in output
    frame = rnnsweep.load(a).compare(rnnsweep.load(b))
    assert frame["n_pairs"].tolist()[0] == 18
    assert frame["probability_of_improvement"].tolist()[0] == 0.0
    problem = sweep(tmp_path / "longer", seq_len=20)
    code, _, errors = say("compare", a, problem)
    assert code == 2
    assert "have different problems" in errors
    assert "task_seq_len is 10 and 20" in errors


def test_the_best_setting_of_each_side_by_its_test_loss(tmp_path, say):
    a, b = sweep(tmp_path / "sgd"), sweep(tmp_path / "adam", "adam", scale=0.5)
    code, output, _ = say("compare", a, "activation=relu", "activation=tanh", "--best")
    assert code == 0
    assert "a: best of activation=relu\nb: best of activation=tanh\n" in output
    assert "mean test_loss a 0.25, b 0.542" in " ".join(output.split())
    frame = rnnsweep.load(a).compare(rnnsweep.load(b), best=True)
    assert frame["n_pairs"].tolist() == [3]
    assert frame.attrs["metric"] == "test_loss"
    assert frame["mean_difference"].tolist() == [pytest.approx(0.125)]


def test_hostile_values(tmp_path, say):
    folder = sweep(tmp_path / "grid")
    code, output, _ = say("compare", folder, f"activation={NAMES[2]}", "activation=relu")
    assert code == 0
    assert "activation==cmd()|" in output


@pytest.mark.parametrize(
    ("sides", "code", "message"),
    [
        (["actvation=relu", "activation=tanh"], 2, "did you mean activation?"),
        (["activation=rel", "activation=tanh"], 2, "did you mean relu?"),
        (["activation=relu"], 2, "compare takes two settings"),
        (["activation=relu"] * 3, 2, "compare takes two settings"),
        (["activation", "hidden_size"], 2, "the form is SETTING=VALUE"),
        (["optimizer=sgd", "optimizer=adam"], 2, "optimizer does not vary in these trials"),
        (["absent"], 2, "'absent' is neither a folder nor a setting that varies"),
        (["seed"], 2, "seed cannot be compared: the trials of a pair share it"),
        (["results/absent"], 2, "there is no folder results/absent"),
        (["activatio"], 2, "did you mean activation?"),
        (["."], 3, "no results of a sweep"),
        (["activation=relu", "activation=tanh", "--metric", "test_los"], 2, "mean test_loss"),
        (["activation=relu", "activation=tanh", "--metric", "test_accuracy"], 2, "no trial has a"),
        (["seed=0", "seed=1"], 2, "the trials of a pair share it"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared(tmp_path, say, sides, code, message):
    folder = sweep(tmp_path / "grid")
    answer, output, errors = say("compare", folder, *sides)
    assert (answer, output) == (code, "")
    assert message in errors


def test_python_words(tmp_path):
    results = rnnsweep.load(sweep(tmp_path / "grid"))
    with pytest.raises(rnnsweep.SweepError, match="two settings, or the results of another sweep"):
        results.compare("activation=relu")
    with pytest.raises(rnnsweep.SweepError, match="give no b"):
        results.compare(results, "activation=relu")
    with pytest.raises(rnnsweep.SweepError, match="compared with itself"):
        results.compare(results)


def test_every_value_of_a_setting(tmp_path, say):
    folder = sweep(tmp_path / "grid")
    code, output, _ = say("compare", folder, "activation")
    assert code == 0
    lines = [" ".join(line.split()) for line in output.splitlines()]
    assert lines[:2] == ["a: each other value of activation", "b: activation=relu"]
    assert any(line.startswith("activation tanh 6 0.438 ") for line in lines)
    assert "Worse than activation=relu: tanh, =cmd()|" in output
    _, output, _ = say("compare", folder, "activation", "--json", "--best")
    answer = json.loads(output)
    frame = rnnsweep.load(folder).compare_values("activation", best=True)
    assert [row["value"] for row in answer["rows"]] == frame["value"].tolist() == NAMES[1:]
    assert answer["metric"] == frame.attrs["metric"] == "test_loss"
    assert frame["n_pairs"].tolist() == [3, 3]
    assert frame["mean_difference"].tolist() == pytest.approx([0.29166667, 0.375])
    with pytest.raises(rnnsweep.SweepError, match="did you mean activation"):
        rnnsweep.load(folder).compare_values("activations")


def test_a_sweep_that_goes_on(tmp_path, say):
    folder = sweep(tmp_path / "grid")
    with Store.writer(folder) as store:
        named = [(trial.trial_id, trial.settings) for trial in store.trials()]
        pending = [("tlater", {**named[0][1], "seed": 9})]
        store.set_sweep("some", "", ["activation", "hidden_size"], [*named, *pending])
    code, output, _ = say("compare", folder, "activation=relu", "activation=tanh")
    assert code == 0
    assert "18 of 19 trials have ended; the others are left out\n" in output
    assert "6, of 3 seeds" in output


def test_before_a_trial_has_ended(tmp_path, say):
    path = tmp_path / "begun"
    with Store.writer(path) as store:
        store.set_sweep("some", "", ["activation"], [("t1", {"activation": "relu", "seed": 0})])
    code, _, errors = say("compare", path, "activation=relu", "activation=tanh")
    assert code == 2
    assert "no trial has ended yet" in errors
