"""Networks with constrained recurrent weights: params, starts, outputs and gradients."""

import naive_constraints
import numpy as np
import pytest
from model_cases import SIZES, TARGET, X
from naive import central_differences

from rnnsweep.network.model import Model

WORDS = {
    "dale": {"recurrent": "dale", "dale_excitatory": 0.6},
    "antisymmetric": {"recurrent": "antisymmetric", "antisymmetric_gamma": 0.1},
    "orthogonal": {"recurrent": "orthogonal"},
    "low_rank": {"recurrent": "low_rank", "rank": 2},
}
SETTINGS = naive_constraints.Settings(n_excitatory=3, gamma=0.1)  # of 5 units
CELLS = ["rnn", "gru", "gru_v1"]  # gru_v1 has a product in the middle of a time step


@pytest.fixture(params=WORDS)
def kind(request):
    return request.param


@pytest.fixture(params=CELLS)
def model(kind, request):
    return Model(**SIZES, cell=request.param, num_layers=2, dtype="float64", **WORDS[kind])


def matrices(columns, size):
    """Return the matrices that are side by side in a param."""
    return np.split(columns, columns.shape[1] // size, axis=1)


def learned_of(params):
    """Return for each recurrent matrix its name with a number, and what is learned in its place."""
    pairs = {}
    for name, columns in params.items():
        if name.startswith("W_") and columns.shape[0] == 5 and not name.startswith(("W_x", "W_hy")):
            for k, v in enumerate(matrices(columns, 5)):
                pairs[name, k] = [v]
        elif name.startswith("M_"):
            other = params[f"N{name[1:]}"]
            factors = zip(matrices(columns, 2), matrices(other, 5), strict=True)
            for k, pair in enumerate(factors):
                pairs[f"W{name[1:]}", k] = list(pair)
    return pairs


def test_the_effective_matrices_are_those_of_the_twin(model, kind):
    params = model.init(1)
    effective = model.effective(params)
    free = Model(**SIZES, cell=model.cell, num_layers=2, dtype="float64")
    assert {k: v.shape for k, v in effective.items()} == {
        k: v.shape for k, v in free.init().items()
    }
    n_compared = 0
    for (name, k), learned in learned_of(params).items():
        w = matrices(effective[name], 5)[k]
        expected = naive_constraints.effective(kind, learned, SETTINGS)
        np.testing.assert_allclose(w, expected, rtol=0, atol=1e-14, err_msg=name)
        n_compared += 1
    assert n_compared == sum(
        array.shape[1] // 5
        for name, array in effective.items()
        if name.startswith("W_") and not name.startswith(("W_x", "W_hy"))
    )
    for name in effective.keys() & params.keys():
        if name.startswith(("W_x", "W_hy", "b_")):
            np.testing.assert_array_equal(effective[name], params[name])


def test_outputs_are_those_of_a_free_network_with_the_effective_matrices(model):
    params = model.init(2)
    free = Model(**SIZES, cell=model.cell, num_layers=2, dtype="float64")
    outputs = free.forward(model.effective(params), X)
    np.testing.assert_array_equal(model.forward(params, X), outputs)


def test_gradients_equal_central_differences(model):
    params = model.init(3)
    loss, gradients = model.loss_and_gradients(params, X, TARGET)
    assert loss == pytest.approx(np.mean((model.forward(params, X) - TARGET) ** 2), rel=1e-14)
    expected = central_differences(
        lambda moved: model.loss_and_gradients(moved, X, TARGET)[0], params, 1e-6
    )
    largest = max(abs(gradient).max() for gradient in expected.values())
    for name, gradient in gradients.items():
        # 1e-6 squared, and the rounding of a loss of about 1 divided by 2e-6.
        np.testing.assert_allclose(
            gradient, expected[name], rtol=0, atol=1e-8 * max(1, largest), err_msg=name
        )


@pytest.mark.parametrize("cell", ["lstm", "lem", "mut1", "lstm_full_gate_recurrence"])
def test_gradients_of_a_free_network_are_taken_back(kind, cell):
    # These cells have up to twelve matrices, of h and of other values.
    words = {"cell": cell, "num_layers": 2, "output": "every", "dtype": "float64"}
    model, free = Model(**SIZES, **words, **WORDS[kind]), Model(**SIZES, **words)
    params, lengths = model.init(5), [6, 1, 4, 6]
    target = np.random.default_rng(2).random((4, 6, 2))
    loss, gradients = model.loss_and_gradients(params, X, target, lengths=lengths)
    same, by_w = free.loss_and_gradients(model.effective(params), X, target, lengths=lengths)
    assert loss == same
    by_learned = learned_of(gradients)
    assert len(by_learned) == len(free.sizes.program.products) * 2
    largest = max(abs(gradient).max() for gradient in by_w.values())
    for (name, k), learned in learned_of(params).items():
        by_matrix = matrices(by_w[name], 5)[k]
        expected = naive_constraints.gradients(kind, learned, by_matrix, SETTINGS)
        for gradient, want in zip(by_learned[name, k], expected, strict=True):
            np.testing.assert_allclose(gradient, want, rtol=0, atol=1e-13 * largest, err_msg=name)


def test_to_torch_has_the_effective_matrices(model):
    torch = pytest.importorskip("torch")
    params = model.init(2)
    module = model.to_torch(params)
    outputs = module(torch.tensor(X)).detach().numpy()
    np.testing.assert_allclose(outputs, model.forward(params, X), rtol=0, atol=1e-12)
    free, effective = Model.from_torch(module)
    assert free.words()["recurrent"] == "free"
    for name, array in model.effective(params).items():
        np.testing.assert_array_equal(effective[name], array, err_msg=name)


def test_its_words_make_it_again(model):
    again = Model(**model.words())
    assert again.words() == model.words()
    for name, value in again.init(3).items():
        np.testing.assert_array_equal(value, model.init(3)[name])


def test_the_number_of_params_is_that_of_the_learned_values(kind):
    model = Model(**SIZES, **WORDS[kind])
    recurrent = 2 * 5 * 2 if kind == "low_rank" else 5 * 5
    assert model.n_params == 3 * 5 + 5 + recurrent + 5 * 2 + 2
    assert model.n_params == sum(array.size for array in model.init().values())


def test_without_a_constraint_the_params_are_effective():
    model = Model(**SIZES)
    params = model.init(1)
    for name, array in model.effective(params).items():
        np.testing.assert_array_equal(array, params[name])


# ---- starts


def big(kind, **words):
    """Return the effective recurrent matrix of a large network at its start."""
    model = Model(
        input_size=1, output_size=1, hidden_size=200, dtype="float64", **WORDS[kind] | words
    )
    return model.effective(model.init(0))["W_hh"]


@pytest.mark.parametrize(
    ("words", "deviation"),
    [
        ({"init_recurrent": "torch"}, (3 * 200) ** -0.5),
        ({"init_recurrent": "glorot"}, 200**-0.5),
        ({"init_recurrent": "he"}, (2 / 200) ** 0.5),
        ({"init_recurrent": "normal", "init_std": 0.3}, 0.3),
        ({"init_recurrent": "notebook"}, None),
    ],
    ids=lambda value: value["init_recurrent"] if isinstance(value, dict) else "",
)
@pytest.mark.parametrize("kind", ["dale", "antisymmetric", "low_rank"])
def test_the_start_has_the_variance_of_the_word(kind, words, deviation):
    no_gamma = {"antisymmetric_gamma": 0.0} if kind == "antisymmetric" else {}
    size = (big(kind, **words, **no_gamma) ** 2).mean() ** 0.5
    if deviation is None:
        # 0.01 U[0, 1): its variance, or by Dale's law, where all of it counts, its mean square.
        deviation = 0.01 * (1 / 3 if kind == "dale" else 1 / 12) ** 0.5
    # 40,000 numbers with, in the factors of "low_rank", 400 in each row.
    assert size == pytest.approx(deviation, rel=0.1)


@pytest.mark.parametrize("kind", ["dale", "antisymmetric", "low_rank"])
def test_the_start_is_scaled_to_the_spectral_radius(kind):
    w = big(kind, spectral_radius=0.7)
    assert abs(np.linalg.eigvals(w)).max() == pytest.approx(0.7, rel=1e-9)


def test_connections_are_kept_by_dales_law():
    w = big("dale", init_connections=7)
    assert ((w != 0).sum(axis=0) == 7).all()
    assert (w[:120] >= 0).all()
    assert (w[120:] <= 0).all()


def test_a_free_network_starts_as_before(kind):
    # The draws of the other params do not depend on the constraint, but for the kinds that draw
    # other numbers in place of V.
    if kind in ("orthogonal", "low_rank"):
        return
    free = Model(**SIZES).init(4)
    for name, array in Model(**SIZES, **WORDS[kind]).init(4).items():
        if name != "W_hh":
            np.testing.assert_array_equal(array, free[name])


# ---- what is refused


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"recurrent": "dale", "cell": "min_gru"}, 'cell "min_gru" has no recurrent weights'),
        ({"recurrent": "orthogonl"}, 'did you mean "orthogonal"'),
        ({"recurrent": "low_rank"}, '"low_rank" needs rank; take rank of at least 1'),
        ({"recurrent": "low_rank", "rank": 6}, "take rank of at most 5"),
        ({"rank": 2}, 'rank is a part of "low_rank"; take rank = 0, or recurrent = "low_rank"'),
        ({"dale_excitatory": 0.5}, 'dale_excitatory is a part of "dale"'),
        ({"antisymmetric_gamma": 0.5}, 'antisymmetric_gamma is a part of "antisymmetric"'),
        ({"recurrent": "dale", "dale_excitatory": 1.1}, "dale_excitatory is 1.1; allowed"),
        (
            {"recurrent": "dale", "init": "orthogonal"},
            'a matrix that is "dale" cannot start as "orthogonal"; take init_recurrent = "glorot"',
        ),
        (
            {"recurrent": "low_rank", "rank": 2, "init_recurrent": "normal", "init_std": 0.0},
            "so that they stay 0; take init_std above 0",
        ),
        ({"recurrent": "orthogonal", "spectral_radius": 1.0}, "leave spectral_radius out"),
        (
            {"recurrent": "orthogonal", "init_recurrent": "glorot"},
            "so that init_recurrent counts for nothing; leave it out",
        ),
        (
            {"recurrent": "antisymmetric", "spectral_radius": 0.01},
            "the spectral radius is above 0.01; take a larger spectral_radius",
        ),
        (
            {"recurrent": "antisymmetric", "spectral_radius": 0.5, "hidden_size": 1},
            "take a larger hidden_size",
        ),
        (
            {"recurrent": "antisymmetric", "init_connections": 2},
            'take init_connections = 0, or recurrent = "free" or "dale"',
        ),
    ],
    ids=str,
)
def test_what_a_constraint_does_not_allow_is_refused(words, message):
    with pytest.raises(ValueError, match=f".*{message}"):
        Model(**SIZES | words)


def test_the_notebooks_rule_is_for_free_weights(kind):
    model = Model(**SIZES, **WORDS[kind])
    with pytest.raises(ValueError, match=r"written for recurrent = .free. alone"):
        model.loss_and_gradients(model.init(), X, TARGET, gradient="notebook")
