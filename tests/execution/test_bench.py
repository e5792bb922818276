"""How fast this machine trains: what is measured, and how it is shown."""

import json
import re

import numpy as np
import pytest
from commandline import Heard
from threadpoolctl import threadpool_info

from rnnsweep.execution import bench
from rnnsweep.execution.bench import (
    DOT_FLOPS,
    Shape,
    Stress,
    dot_call,
    machine,
    measure,
    measure_stress,
    take_turns,
)
from rnnsweep.network.layout import split

TINY = ("bench", "--hidden-size", "2,3", "--batch-size", 4, "--seq-len", 3)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """A few turns of a few steps: what is measured here is of no interest."""
    monkeypatch.setattr(bench, "_TURN_S", 1e-4)
    monkeypatch.setattr(bench, "_ROW_S", 0.0)
    monkeypatch.setattr(bench, "_MIN_ROUNDS", 2)


# What is measured


def test_a_row_for_each_cell_and_size():
    shape = Shape(batch_size=4, seq_len=3, input_size=5, output_size=6)
    heard = Heard()
    speeds = measure(["rnn", "gru"], [3, 2], shape=shape, progress=heard)
    assert [(speed.cell, speed.hidden_size) for speed in speeds] == [
        ("rnn", 3),
        ("rnn", 2),
        ("gru", 3),
        ("gru", 2),
    ]
    for speed in speeds:
        assert speed.step_s > 0
        assert speed.sequences_per_s * speed.step_s == pytest.approx(4)
        gates = {"rnn": 1, "gru": 3}[speed.cell]
        h = speed.hidden_size
        # shared notes on kernels: (6 B T H^2 + 4 B T I H) gates + 6 B H O
        flops = 4 * ((6 * 3 * h * h + 4 * 3 * 5 * h) * gates + 6 * h * 6)
        assert speed.share == pytest.approx(flops / speed.step_s / speed.dot_flops_per_s)
    lines = [line for line in heard.said if not line.startswith("compil")]
    assert lines == [f"measuring {cell} with 3, 2 hidden units" for cell in ("rnn", "gru")]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_timed_steps_train_in_the_chosen_dtype(monkeypatch, dtype):
    calls = []
    train = bench.Session.train

    def spied(self, orders, stop):
        assert {lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"} == {1}
        calls.append((self, orders))
        return train(self, orders, stop)

    monkeypatch.setattr(bench.Session, "train", spied)
    monkeypatch.setattr(bench.Compilation, "prepare", lambda self, needs: None)
    shape = Shape(batch_size=4, seq_len=3, input_size=2, output_size=1)
    measure(["rnn"], [5], dtype, shape)
    # Two to learn how long an epoch takes, one before the clock starts, two rounds.
    assert len(calls) == 5
    training, orders = calls[-1]
    assert training.model.dtype == dtype
    assert training.train_part.x.shape == (len(orders[0]), 3, 2)
    assert training.rule.batch_size == 4
    assert len(orders[0]) % 4 == 0
    for order in orders:
        np.testing.assert_array_equal(np.sort(order), np.arange(len(order)))
    # They learn: a step that does nothing would be quick.
    assert training.learner.losses[1] < np.inf
    assert np.isfinite(training.learner.params).all()


def test_large_steps_are_few():
    small, large = (
        bench._steps_per_epoch(bench.Sizes(2, h, 1), Shape(batch_size=256, seq_len=100))
        for h in (2, 512)
    )
    assert (small, large) == (64, 4)


def test_calls_take_turns_and_the_median_counts(monkeypatch):
    clock = iter(range(1000))
    monkeypatch.setattr(bench.time, "perf_counter", lambda: next(clock))
    order = []

    def call(name, units):
        def work():
            order.append(name)
            # Its third round is an outlier.
            for _ in range(100 if (name, order.count(name)) == ("a", 4) else 0):
                next(clock)
            return units

        return work

    seconds = take_turns({"a": call("a", 2), "b": call("b", 4)}, for_s=0, min_rounds=5)
    assert order == ["a", "b"] * 6
    assert seconds == {"a": 1 / 2, "b": 1 / 4}


def test_rounds_go_on_until_their_time_is_over(monkeypatch):
    clock = iter(range(1000))
    monkeypatch.setattr(bench.time, "perf_counter", lambda: next(clock))
    calls = []
    take_turns({"a": lambda: calls.append(1) or 1}, for_s=30, min_rounds=0)
    # Three looks at the clock a round.
    assert len(calls) == 1 + 10


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_yardstick_is_a_product_in_the_chosen_dtype(monkeypatch, dtype):
    shapes = []
    dot = np.dot
    monkeypatch.setattr(
        bench.np,
        "dot",
        lambda a, b, out: shapes.append((a.shape, b.shape, a.dtype)) or dot(a, b, out),
    )
    assert dot_call(dtype)() == 1
    assert shapes == [((1024, 1024), (1024, 1024), np.dtype(dtype))]
    assert DOT_FLOPS == 2 * 1024**3


def test_the_machine():
    facts = machine()
    assert facts["numpy"] == np.__version__
    assert facts["usable_cores"] >= 1
    assert facts["blas"]
    assert {"rnnsweep", "python", "cpu", "compiled_for", "numba"} <= set(facts)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_a_saturated_step_is_one_of_slopes_below_the_normal_numbers(monkeypatch, cell, dtype):
    trainings = []

    class Kept(bench.Session):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            trainings.append(self)

    monkeypatch.setattr(bench, "Session", Kept)
    shape = Shape(batch_size=4, seq_len=3)
    assert [row.case for row in measure_stress([cell], dtype, shape)] == ["long", "saturated"]
    long, usual, saturated, healthy = trainings
    assert long.train_part.x.shape[1] == 200
    assert {session.train_part.x.shape[1] for session in (usual, saturated, healthy)} == {3}
    assert {session.model.activation for session in (long, usual)} == {"tanh"}
    assert {session.model.activation for session in (saturated, healthy)} == {"sigmoid"}
    bias = split(saturated.learner.params, saturated.model.sizes)["b_h"]
    slope = np.exp(bias.astype(np.longdouble))  # of a sigmoid this far out
    assert np.all(slope < np.finfo(dtype).tiny)
    assert np.all(slope > 0)


# What the command shows


def test_a_table(say):
    code, output, errors = say(*TINY)
    assert code == 0
    assert "np.dot" in output
    lines = output.splitlines()
    assert lines[0].endswith(f", kernels compiled for {machine()['compiled_for']}")
    assert f"numpy {np.__version__}" in lines[1]
    assert lines[2] == (
        f"one thread of {machine()['usable_cores']} cores, float32, "
        "batches of 4 sequences of 3 time steps, 2 inputs, 1 output"
    )
    rows = [line.split() for line in lines if re.match(" (rnn|lstm|gru) ", line)]
    assert [row[:2] for row in rows] == [
        [cell, size] for cell in ("rnn", "lstm", "gru") for size in "23"
    ]
    for _, _, micros, sequences, share in rows:
        micros, sequences = (float(text.replace(",", "")) for text in (micros, sequences))
        assert sequences * micros == pytest.approx(4e6, rel=0.01)
        assert float(share) > 0
    stressed = [line.split()[:3] for line in lines if re.match(" (long|saturated) ", line)]
    assert stressed == [
        [case, cell, seq_len]
        for cell in ("rnn", "lstm", "gru")
        for case, seq_len in (("long", "200"), ("saturated", "3"))
    ]
    assert "measuring lstm with 2, 3 hidden units" in errors
    assert "measuring" not in output


def test_json(say):
    code, output, _ = say(*TINY, "--cell", "rnn", "--cell", "lstm", "--dtype", "float64", "--json")
    assert code == 0
    report = json.loads(output)
    networks, stress = report.pop("networks"), report.pop("stress")
    assert report == {
        "machine": machine(),
        "threads": 1,
        "dtype": "float64",
        "batch_size": 4,
        "seq_len": 3,
        "input_size": 2,
        "output_size": 1,
    }
    assert [(row["cell"], row["hidden_size"]) for row in networks] == [
        ("rnn", 2),
        ("rnn", 3),
        ("lstm", 2),
        ("lstm", 3),
    ]
    for row in networks:
        assert list(row) == [
            "cell",
            "hidden_size",
            "step_s",
            "sequences_per_s",
            "dot_flops_per_s",
            "share",
        ]
        assert all(row[name] > 0 for name in list(row)[2:])
    assert [(row["cell"], row["case"], row["seq_len"]) for row in stress] == [
        ("rnn", "long", 200),
        ("rnn", "saturated", 3),
        ("lstm", "long", 200),
        ("lstm", "saturated", 3),
    ]
    for row in stress:
        assert list(row) == [*Stress._fields]
        assert row["step_s"] > 0
        assert row["times_healthy"] > 0


def test_sizes_by_commas_or_by_turns_each_once(say):
    line = ("bench", "--cell", "rnn", "--seq-len", 2, "--json")
    _, output, _ = say(*line, "--hidden-size", "4, 2,4", "--hidden-size", 3)
    assert [row["hidden_size"] for row in json.loads(output)["networks"]] == [4, 2, 3]
