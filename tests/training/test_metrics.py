"""The metrics of a network, against plain NumPy."""

import numpy as np
import pytest
from some_cells import CELLS

from rnnsweep.kernels.linking import objective_of
from rnnsweep.network.buffers import make_sequences
from rnnsweep.network.layout import join, split
from rnnsweep.network.model import Model
from rnnsweep.record import METRICS, metrics_in
from rnnsweep.sweepfile.keys.tables import MetricsConfig
from rnnsweep.training.metrics import Metrics, effective_memory

SEQ_LEN = 9


class Case:
    """A network, validation sequences, and what the metrics say of them."""

    def __init__(self, n=40, seed=0, lengths=None, activation="tanh", scale=1.0, **words):
        rng = np.random.default_rng(seed)
        words |= {} if activation is None else {"activation": activation}
        self.model = Model(input_size=2, hidden_size=6, output_size=3, dtype="float64", **words)
        self.x = scale * rng.standard_normal((n, SEQ_LEN, 2))
        every = self.model.output == "every"
        self.y = rng.standard_normal((n, SEQ_LEN, 3) if every else (n, 3))
        self.lengths = np.full(n, SEQ_LEN) if lengths is None else lengths
        self.flat = self.model.init_flat(seed)
        self.params = split(self.flat, self.model.sizes)

    def measure(self, *names):
        n_out = self.model.n_out(SEQ_LEN)
        sizes, dtype = self.model.sizes, self.model.dtype
        val = make_sequences(self.x, self.y, dtype, sizes, n_out, self.lengths)
        metrics = Metrics(names, self.model, objective_of("mse", dtype), val)
        return dict(zip(metrics.columns, metrics.measure(self.flat, 0.25), strict=True))


def elman(case, n):
    """Return z (T, H) and dL/dh_t (T, H) of each of the first n sequences, for one layer."""
    p = case.params
    sequences = []
    for x, y, length in zip(case.x[:n], case.y[:n], case.lengths[:n], strict=True):
        h, zs = np.zeros(6), []
        for t in range(length):
            zs.append(x[t] @ p["W_xh"] + h @ p["W_hh"] + p["b_h"])
            h = np.tanh(zs[-1])
        dh = [2 / (n * 3) * (h @ p["W_hy"] + p["b_y"] - y) @ p["W_hy"].T]
        for z in zs[:0:-1]:
            dh.append((dh[-1] * (1 - np.tanh(z) ** 2)) @ p["W_hh"].T)
        sequences.append((np.array(zs), np.array(dh[::-1])))
    return sequences


def test_the_keys_of_the_sweep_file_have_columns_in_the_record():
    # In one order: that of the columns in `epochs.csv`.
    assert list(MetricsConfig.model_fields) == list(METRICS), (
        "keys of [metrics] and of record.METRICS"
    )


@pytest.mark.parametrize("cell", CELLS)
def test_the_columns_of_every_metric(cell):
    case = Case(cell=cell, num_layers=2)
    values = case.measure(*METRICS)
    assert metrics_in(values) == tuple(METRICS)
    assert [name for name in values if name.startswith("grad_flow")] == [
        f"grad_flow_{lag}" for lag in (0, 1, 2, 4, 8)
    ]
    of_params = [name for name in values if name.startswith("grad_norm_")]
    assert of_params == [f"grad_norm_{name}" for name in case.params]
    assert {"spectral_radius", "spectral_radius_1", "dead_units_1"} <= values.keys()
    assert np.isfinite(list(values.values())).all()


LINEAR = {"sums": ["z"], "states": ["h"], "equations": "h = 0.5 * z"}


@pytest.mark.parametrize(
    ("cell", "without"),
    [
        ("ind_rnn", {"spectral_radius", "singular_value"}),
        ("min_gru", {"spectral_radius", "singular_value", "dead_units"}),
        (LINEAR, {"saturation", "dead_units"}),
    ],
    ids=["ind_rnn", "min_gru", "linear"],
)
def test_a_metric_of_what_a_cell_does_not_have_is_no_number(cell, without):
    # No recurrent matrices, no activation of the model's, none at all.
    words = {} if cell == "ind_rnn" else {"activation": None}
    values = Case(cell=cell, num_layers=2, **words).measure(*METRICS)
    for name, value in values.items():
        assert np.isnan(value) == (name.removesuffix("_1") in without), name


def test_each_metric_alone_says_what_it_says_among_all():
    case = Case(cell="gru")
    together = case.measure(*METRICS)
    for name in METRICS:
        alone = case.measure(name)
        assert alone == {column: together[column] for column in alone}


@pytest.mark.parametrize("cell", CELLS)
def test_gradient_norms_are_those_of_the_first_32_sequences(cell):
    case = Case(cell=cell, num_layers=2)
    _, grads = case.model.loss_and_gradients(case.params, case.x[:32], case.y[:32])
    for name, value in case.measure("grad_norms").items():
        want = np.linalg.norm(grads[name.removeprefix("grad_norm_")])
        assert value == pytest.approx(want, rel=1e-12)


def test_radius_and_singular_value_differ():
    case = Case()
    values = case.measure("spectral_radius", "singular_value")
    w = case.params["W_hh"]
    assert values["spectral_radius"] == pytest.approx(np.abs(np.linalg.eigvals(w)).max())
    assert values["singular_value"] == pytest.approx(np.linalg.svd(w)[1].max())
    assert values["singular_value"] > values["spectral_radius"]


def test_the_largest_value_over_the_gates_counts():
    case = Case(cell="lstm")
    w = case.params["W_hh"].reshape(6, 4, 6)
    want = max(np.abs(np.linalg.eigvals(w[:, gate])).max() for gate in range(4))
    assert case.measure("spectral_radius")["spectral_radius"] == pytest.approx(want)


@pytest.mark.parametrize("uneven", [False, True])
def test_gradient_flow_goes_back_from_each_sequence_s_end(uneven):
    rng = np.random.default_rng(1)
    lengths = rng.integers(1, SEQ_LEN + 1, 20) if uneven else None
    case = Case(n=20, lengths=lengths)
    squares = np.zeros(SEQ_LEN)
    for _, dh in elman(case, 20):
        squares[: len(dh)] += np.sum(dh[::-1] ** 2, axis=1)
    values = case.measure("gradient_flow")
    for lag in (0, 1, 2, 4, 8):
        assert values[f"grad_flow_{lag}"] == pytest.approx(np.sqrt(squares[lag]), rel=1e-10)
    assert values["effective_memory"] == effective_memory(np.sqrt(squares))


@pytest.mark.parametrize("cell", CELLS)
def test_of_outputs_at_every_time_step_the_last_alone_sends_the_gradient_back(cell):
    # The sum over all of them would hide the lag: each time step has a loss.
    lengths = np.random.default_rng(1).integers(1, SEQ_LEN + 1, 20)
    every = Case(n=20, lengths=lengths, cell=cell, output="every")
    last = Case(n=20, lengths=lengths, cell=cell)
    last.x, last.flat = every.x, every.flat
    last.y = every.y[np.arange(20), lengths - 1]
    assert every.measure("gradient_flow") == last.measure("gradient_flow")
    assert every.measure("grad_norms") != last.measure("grad_norms")


def test_effective_memory():
    assert effective_memory(np.array([1.0, 0.5, 0.11, 0.09, 0.2])) == 3
    assert effective_memory(np.array([1.0, 1.0, 1.0])) == 3  # further than was looked
    assert np.isnan(effective_memory(np.array([0.0, 0.0])))
    assert np.isnan(effective_memory(np.array([1.0, np.nan])))


def test_saturation_is_the_share_of_small_slopes():
    case = Case(scale=5.0)
    z = np.concatenate([z for z, _ in elman(case, 32)])
    want = np.mean(1 - np.tanh(z) ** 2 < 0.1)
    assert 0.1 < want < 0.9
    assert case.measure("saturation")["saturation"] == pytest.approx(want, abs=1e-12)


@pytest.mark.parametrize("metric", ["saturation", "dead_units"])
def test_an_activation_by_formula_is_measured_as_the_same_one_by_its_word(metric):
    by_word = Case(scale=5.0).measure(metric)
    by_formula = Case(scale=5.0, activation="0.25 * tanh(x) + 0.75 * tanh(x)").measure(metric)
    assert by_formula == pytest.approx(by_word, abs=1e-12)


def test_gates_are_saturated_near_0_and_1():
    case = Case(cell="lstm")
    case.flat[:] = 0.0
    assert case.measure("saturation") == {"saturation": 0.0}
    zeros = {name: np.zeros_like(value) for name, value in case.params.items()}
    bias = {"b_h": np.repeat([9.0, -9.0, 0.0, 0.0], 6)}  # i and f saturated, g and o not
    case.flat[:] = join(zeros | bias, case.model.sizes, case.model.dtype)
    assert case.measure("saturation") == {"saturation": 0.5}


def test_dead_units_never_move():
    case = Case(activation="relu")
    bias = np.zeros(6)
    bias[:2] = -1000.0
    params = case.params | {"b_h": bias}
    case.flat[:] = join(params, case.model.sizes, case.model.dtype)
    assert case.measure("dead_units")["dead_units"] == pytest.approx(2 / 6)


def test_a_network_that_diverged_is_measured_without_a_warning():
    case = Case()
    case.flat[:] = np.nan
    values = case.measure("spectral_radius", "singular_value", "gradient_flow")
    assert np.isnan(list(values.values())).all()
