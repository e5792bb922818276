"""The programs that the benchmarks compare train what this program trains."""

import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

import rnnsweep
from benchmarks import cells, comparison, derived, floor, notebook
from benchmarks.agreement import Agreement, Disagreement, compare
from benchmarks.commands import Seconds
from benchmarks.comparison import BEGIN, END, own_results
from benchmarks.comparison_records import Case, Comparison, Row
from benchmarks.peers.problem import Problem, Result, read, result_of
from benchmarks.peers.problem import write as write_results
from rnnsweep.cells import CELLS, read_cell
from rnnsweep.execution.bench import DOT_FLOPS, Shape
from rnnsweep.network.layout import Sizes
from rnnsweep.network.model import Model

ROOT = Path(__file__).parents[2]
TINY = [
    "task.n_train=64",
    "task.n_val=32",
    "train.epochs=3",
    "train.clip_norm=0.5",
    "model.hidden_size=5",
    "train.learning_rate=[0.01, 0.1]",
    "seed=[0, 4]",
]


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results") / "tiny"
    rnnsweep.run(ROOT / "sweeps" / "grid.toml", results=folder, overrides=TINY, plots=False)
    return own_results(folder)


@pytest.mark.parametrize("peer", ["torch", "jax"])
def test_losses_of_a_peer_equal_this_program_s(peer, own, tmp_path):
    pytest.importorskip(peer)
    file = tmp_path / "results.json"
    sets = [word for override in TINY for word in ("--set", override)]
    subprocess.run(
        [
            *(sys.executable, "-m", f"benchmarks.peers.{peer}_sweep"),
            *("sweeps/grid.toml", str(file), *sets),
        ],
        cwd=ROOT,
        check=True,
    )
    results, seconds = read(file)
    assert len(results) == 3 * 2 * 2
    assert len(seconds) == 1
    # So small a training is not chaotic.
    agreement = compare(own, results, peer)
    assert (agreement.same_status, agreement.close_first, agreement.close_end) == (1.0, 1.0, 1.0)
    by_id = {result.trial_id: result for result in own}
    for result in results:
        assert result.test_loss == pytest.approx(by_id[result.trial_id].test_loss, rel=1e-4)


def some_results(rng, n=60, factor=1.0, diverged=False):
    losses = rng.uniform(0.01, 0.2, n)
    return [Result(f"t{i}", 0.2, factor * losses[i], 0.1, diverged) for i in range(n)]


def test_programs_that_agree_may_differ_where_training_is_chaotic():
    own = some_results(np.random.default_rng(0))
    noise = np.random.default_rng(1).normal(0, 0.5, len(own)) * (np.arange(len(own)) % 5 == 0)
    other = [
        result._replace(best_val_loss=result.best_val_loss * np.exp(by))
        for result, by in zip(own, noise, strict=True)
    ]
    agreement = compare(own, other, "other")
    assert agreement.close_end == pytest.approx(0.8, abs=0.05)  # a draw may be nearly 0
    assert abs(agreement.deviation) < 3


@pytest.mark.parametrize(
    "change",
    [
        {"first_val_loss": 0.21},
        {"best_val_loss": 0.001},
        {"diverged": True},
        {"first_val_loss": float("nan")},
    ],
    ids=str,
)
def test_a_program_that_trains_something_else_is_refused(change):
    own = some_results(np.random.default_rng(0))
    other = [result._replace(**change) for result in own]
    with pytest.raises(Disagreement, match=r"other does not train .* 60 trials compared"):
        compare(own, other, "other")


def test_a_one_sided_difference_in_few_trials_is_refused():
    own = some_results(np.random.default_rng(0))
    by = np.exp(np.random.default_rng(1).uniform(0.1, 0.3, len(own)))
    other = [
        result._replace(best_val_loss=result.best_val_loss * by[i]) if i < 12 else result
        for i, result in enumerate(own)
    ]
    with pytest.raises(Disagreement, match="standard errors"):
        compare(own, other, "other")


def test_peers_start_where_a_trial_starts():
    problem = Problem(ROOT / "sweeps" / "grid.toml")
    trial = problem.trials[-1]
    model = Model(
        input_size=2, hidden_size=trial.hidden_size, output_size=1, activation=trial.activation
    )
    expected = model.init(trial.seed)
    params = problem.initial_params(trial)
    assert params.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_array_equal(params[name], values)


@pytest.mark.parametrize(
    "override",
    [
        "train.optimizer=adam",
        "model.activation=gelu",
        "train.loss=mae",
        "task.name=parity",
        "stop.patience=3",
        "model.num_layers=2",
    ],
)
def test_peers_refuse_what_they_do_not_train(override):
    with pytest.raises(ValueError, match="the peers"):
        Problem(ROOT / "sweeps" / "grid.toml", [override])


def test_the_result_of_a_trial():
    trial = Problem(ROOT / "sweeps" / "grid.toml").trials[0]
    result = result_of(trial, np.array([0.5, 0.2, np.nan]), 0.3)
    assert result == Result(trial.trial_id, 0.5, 0.2, 0.3, True)


def test_the_page_gets_the_table_and_the_picture_and_keeps_its_other_text(tmp_path, monkeypatch):
    page, picture = tmp_path / "page.md", tmp_path / "comparison.png"
    monkeypatch.setattr(comparison, "PAGE", page)
    monkeypatch.setattr(comparison, "PICTURE", picture)
    measured = Comparison(
        Case("default grid", str(ROOT / "sweeps" / "grid.toml")),
        [
            Row("rnnsweep", 20.0, 4.0, 7.0, "with everything"),
            Row("PyTorch", 80.0, 80.0, None),
            Row("JAX, again", None, 12.0, None),
        ],
        {"PyTorch": Agreement(144, 1.0, 0.995, 0.8, -1.25)},
    )
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    for _ in range(2):  # the second time over the first
        comparison.write(comparison.table([measured], []), [measured])
    text = page.read_text()
    assert text.startswith(f"before\n{BEGIN}\n")
    assert text.endswith(f"(pictures/comparison.png)\n{END}\nafter\n")
    assert "\nold\n" not in text
    assert text.count("| PyTorch | 80.0 | 80.0 |  | 20.0 |") == 1
    assert "| JAX, again |  | 12.0 |  | 3.0 |" in text
    assert "| default grid | PyTorch | 144 | 100.0% | 99.5% | 80.0% | -1.2 |" in text
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_page_without_a_place_for_the_comparison_is_left_alone(tmp_path, monkeypatch):
    page, picture = tmp_path / "page.md", tmp_path / "comparison.png"
    monkeypatch.setattr(comparison, "PAGE", page)
    monkeypatch.setattr(comparison, "PICTURE", picture)
    page.write_text("nothing\n")
    with pytest.raises(RuntimeError, match="<!-- comparison -->"):
        comparison.write("table", [])
    assert page.read_text() == "nothing\n"
    assert not picture.exists()


def test_a_sample_is_multiplied_up(tmp_path, monkeypatch):
    case = Case("some grid", str(ROOT / "sweeps" / "grid.toml"), (), 36)
    results = some_results(np.random.default_rng(0), n=36)

    def measured(module, arguments):
        assert arguments[-2:] == ["--sample", "36"]
        write_results(arguments[1], results, [5.0])
        return Seconds(7.0, 9.0)

    monkeypatch.setattr(comparison, "seconds_of", measured)
    (row,), _ = comparison._torch(case, tmp_path)
    assert row.warm == pytest.approx(2.0 + 4 * 5.0)
    assert "36 trials" in row.note


@pytest.mark.parametrize("name", CELLS)
def test_the_cells_timed_in_jax_are_this_program_s(name):
    pytest.importorskip("jax")
    from benchmarks.peers.jax_steps import outputs_of

    model = Model(cell=name, input_size=2, hidden_size=3, output_size=1)
    params = model.init(seed=1)
    x = np.random.default_rng(0).standard_normal((4, 6, 2)).astype(np.float32)
    outputs = np.asarray(outputs_of(CELLS[name], params, x.swapaxes(0, 1), None))
    np.testing.assert_allclose(outputs, model.forward(params, x), atol=1e-6)


def test_the_notebook_s_code_and_this_program_s_training_are_the_same():
    notebook.check_losses()
    assert notebook.Cell().train()[0] == pytest.approx(1.0, abs=0.01)


def test_a_floor_is_products_and_functions():
    shape = Shape(batch_size=3, seq_len=5, input_size=4, output_size=2)
    seconds = {
        **{"dot": DOT_FLOPS * 1e-9, "products": 1e-6, "tiles": 5e-7, "activation": 1e-9},
        **{"sigmoid": 2e-9, "tanh": 3e-9},
    }
    sizes = Sizes(4, 6, 2, "lstm")
    least = floor.floor_of(sizes, shape, seconds)
    flops = (6 * 3 * 5 * 6 * 6 + 4 * 3 * 5 * 4 * 6) * 4 + 6 * 3 * 6 * 2
    activations = 5 * 3 * 5 * 6 * 1e-9
    assert least.dot_rate == pytest.approx(1e9)
    assert least.at_dot_rate == pytest.approx(flops * 1e-9 + activations)
    assert least.at_blas == pytest.approx(1e-6 + activations)
    assert least.at_tiles == pytest.approx(5e-7 + 3 * 5 * 6 * (3 * 2e-9 + 2 * 3e-9))


@pytest.mark.parametrize(
    ("cell", "activation", "functions"),
    [
        ("gru", "tanh", {"sigmoid": 2, "tanh": 1}),
        ("gru", "relu", {"sigmoid": 2}),  # a comparison
        ("lstm", "x * tanh(softplus(x))", {"sigmoid": 3, "tanh": 2, "softplus": 2}),
        ("leaky_rnn", "softplus", {"softplus": 1, "noise": 1}),
    ],
)
def test_the_functions_of_a_floor_are_the_cell_s(cell, activation, functions):
    assert floor.functions_of(CELLS[cell].with_activation(activation)) == functions


@pytest.mark.parametrize("name", ["rnn", "gru", "lem", "leaky_rnn"])
def test_every_call_that_is_timed_returns_how_much_it_did(name):
    shape = Shape(batch_size=2, seq_len=3, input_size=4, output_size=2)
    cell = CELLS[name].with_activation("exp(gelu(x))")
    for call in floor.calls(Sizes(4, 8, 2, cell), shape).values():
        assert call() >= 1


def test_every_call_of_a_peer_makes_steps(monkeypatch):
    pytest.importorskip("torch")
    pytest.importorskip("jax")
    monkeypatch.setattr(cells, "SHAPE", Shape(batch_size=2, seq_len=3))
    calls = cells.peer_calls(CELLS["leaky_rnn"], is_compiled=False)  # compiling takes a minute
    assert calls.keys() == {"PyTorch", "JAX", "JAX, 16"}
    for call in calls.values():
        assert call() >= 1


def test_a_cell_that_is_new_is_another_one():
    first, second = (
        read_cell(tomllib.loads(derived.new_cell("lem", factor))["cell"]) for factor in (0.9, 0.8)
    )
    assert first.program != second.program
    assert first.states == CELLS["lem"].states
