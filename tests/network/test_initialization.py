"""Initial parameters: bounds, spread, orthogonality, sparsity, and what decides the draws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from some_cells import CELLS

from rnnsweep.cells import CELLS as ZOO
from rnnsweep.network.initialization import Initialization, draw
from rnnsweep.network.layout import Sizes, param_shapes
from rnnsweep.random_streams import INITIALIZATION, stream
from rnnsweep.vocabulary import MATRICES

SIZES = Sizes(30, 40, 20)
EVERYWHERE = [word for word in MATRICES if word != "identity"]


def same(word, **options):
    """Return one word for all matrices; for the identity, normal ones around it."""
    other = "normal" if word == "identity" else word
    return Initialization(other, word, other, options.pop("std", 0.01), **options)


@pytest.fixture(params=MATRICES)
def word(request):
    return request.param


@pytest.fixture(params=CELLS)
def cell(request):
    return request.param


def gates(params, name, sizes):
    """Return the matrices of a parameter, a gate each."""
    return np.split(params[name], params[name].shape[1] // sizes.hidden, axis=1)


def is_recurrent(name):
    return name.startswith("W_") and not name.startswith(("W_xh", "W_hy"))


def is_vector(name, cell):
    return any(name.removesuffix("_1") == vector.name for vector in ZOO[cell].vectors)


def assert_uniform(values, low, high):
    """Check the bounds, and that the draws fill them: the mean, and the smallest and largest.

    Over n draws the mean has a standard deviation of (high - low) / sqrt(12 n), and five of them
    are allowed. That none comes within 20 / n of a bound has a probability of e**-20.
    """
    assert values.min() >= low
    assert values.max() <= high
    assert values.min() < low + 20 / values.size * (high - low)
    assert values.max() > high - 20 / values.size * (high - low)
    allowed = 5 * (high - low) / np.sqrt(12 * values.size)
    assert abs(values.mean() - (low + high) / 2) < allowed


def assert_normal(values, std):
    """Check mean and spread within five of their own standard deviations."""
    assert abs(values.mean()) < 5 * std / np.sqrt(values.size)
    assert abs(values.std() / std - 1) < 5 / np.sqrt(2 * values.size)
    assert np.abs(values).max() > 2 * std  # wider than a uniform of that spread


def radius(matrix):
    return np.abs(np.linalg.eigvals(matrix)).max()


# ---- what is drawn, and in which order


@given(
    how=st.builds(
        Initialization,
        *[st.sampled_from(words) for words in (EVERYWHERE, list(MATRICES), EVERYWHERE)],
        st.floats(1e-3, 10),
        st.sampled_from([0.0, 0.9, 100.0]),
        st.integers(0, 1),
        st.sampled_from([0.0, 1.0]),
    ),
    sizes=st.builds(
        Sizes, *[st.integers(1, 9)] * 3, st.sampled_from(list(CELLS)), st.integers(1, 3)
    ),
    seed=st.integers(0, 2**63 - 1),
)
def test_names_shapes_precision_and_that_the_seed_decides(how, sizes, seed):
    if how.recurrent == "identity":  # one connection may miss the whole diagonal
        how = how._replace(connections=0)
    params, again = draw(how, sizes, seed), draw(how, sizes, seed)
    assert [(name, value.shape) for name, value in params.items()] == list(
        param_shapes(sizes).items()
    )
    for name, value in params.items():
        assert value.dtype == np.float64
        assert np.isfinite(value).all()
        np.testing.assert_array_equal(value, again[name])


def test_another_seed_draws_anew(word, cell):
    sizes = Sizes(3, 4, 2, cell, 2)
    one, other = draw(same(word), sizes, 7), draw(same(word), sizes, 8)
    for name in one:
        drawn = name.startswith("W_") and not (word == "identity" and is_recurrent(name))
        drawn = drawn or (word == "torch" and not is_vector(name, cell))
        assert np.any(one[name] != other[name]) == drawn, name


def test_the_order_of_the_draws():
    # One stream, in this order: a result that was published with a seed is had again with it.
    i, h, o = 3, 5, 2
    for name, by_hand in {
        "torch": lambda rng, *shape: rng.uniform(-(h**-0.5), h**-0.5, shape),
        "normal": lambda rng, *shape: rng.normal(0, 0.25, shape),
        "notebook": lambda rng, *shape: 0.01 * rng.random(shape),
    }.items():
        params = draw(same(name, std=0.25), Sizes(i, h, o), 11)
        rng = stream(11, INITIALIZATION)
        np.testing.assert_array_equal(params["W_xh"], by_hand(rng, i, h))
        if name == "torch":
            np.testing.assert_array_equal(params["b_h"], by_hand(rng, h))
        np.testing.assert_array_equal(params["W_hh"], by_hand(rng, h, h))
        np.testing.assert_array_equal(params["W_hy"], by_hand(rng, h, o))
        if name == "torch":
            np.testing.assert_array_equal(params["b_y"], by_hand(rng, o))


def test_the_order_of_the_draws_with_gates_and_layers():
    i, h, o = 3, 5, 2
    sizes = Sizes(i, h, o, "gru", 2)
    params = draw(same("torch"), sizes, 11)
    rng = stream(11, INITIALIZATION)

    def expect(values, *shape):
        np.testing.assert_array_equal(values, rng.uniform(-(h**-0.5), h**-0.5, shape))

    for end, rows in (("", i), ("_1", h)):
        for matrix in gates(params, f"W_xh{end}", sizes):
            expect(matrix, rows, h)
        expect(params[f"b_h{end}"], 3 * h)
    for end in ("", "_1"):
        for matrix in gates(params, f"W_hh{end}", sizes):
            expect(matrix, h, h)
    for end in ("", "_1"):
        expect(params[f"b_hn{end}"], h)
    expect(params["W_hy"], h, o)
    expect(params["b_y"], o)


def test_no_two_matrices_repeat_each_other(word):
    # One stream feeds all: what is drawn twice would show as equal values.
    sizes = Sizes(40, 40, 40, "gru", 2)
    params = draw(same(word), sizes, 0)
    drawn = [
        gate
        for name, value in params.items()
        if name.startswith("W_") and not (word == "identity" and name.startswith("W_hh"))
        for gate in np.split(value, value.shape[1] // 40, axis=1)
    ]
    for i, one in enumerate(drawn):
        for other in drawn[i + 1 :]:
            assert np.mean(one == other) < 0.01


def test_each_matrix_takes_its_own_word():
    params = draw(Initialization("notebook", "orthogonal", "normal", 0.5), SIZES, 0)
    assert_uniform(params["W_xh"], 0.0, 0.01)
    np.testing.assert_allclose(params["W_hh"] @ params["W_hh"].T, np.eye(40), rtol=0, atol=1e-13)
    assert_normal(params["W_hy"], 0.5)


# ---- the words


def test_torch_is_uniform_by_the_hidden_size(cell):
    bound = 40**-0.5
    for name, value in draw(same("torch"), Sizes(30, 40, 20, cell, 2), 1).items():
        if not is_vector(name, cell):
            assert_uniform(value, -bound, bound)


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_torch_has_pytorch_s_bounds(cell):
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    layers = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[cell](300, 400, 2)
    linear = torch.nn.Linear(400, 200)
    params = draw(same("torch"), Sizes(300, 400, 200, cell, 2), 0)
    for name, theirs in [
        ("W_xh", layers.weight_ih_l0),
        ("W_hh", layers.weight_hh_l0),
        ("W_xh_1", layers.weight_ih_l1),
        ("W_hh_1", layers.weight_hh_l1),
        ("W_hy", linear.weight),
    ]:
        # Of 60000 draws and more the largest is within 1e-4 of the bound, nearly always.
        largest = theirs.detach().abs().max().item()
        assert np.abs(params[name]).max() == pytest.approx(largest, rel=1e-3)


@pytest.mark.parametrize("role", ["input", "recurrent", "output"])
def test_a_bias_is_drawn_where_its_matrix_is_pytorch_s(role):
    how = same("glorot")._replace(**{role: "torch"})
    params = draw(how, Sizes(3, 4, 2, "gru", 2), 0)
    for name, its_role in [
        ("b_h", "input"),
        ("b_h_1", "input"),
        ("b_hn", "recurrent"),
        ("b_hn_1", "recurrent"),
        ("b_y", "output"),
    ]:
        assert np.all(params[name] != 0) == (its_role == role), name
        assert np.any(params[name] != 0) == (its_role == role), name


def test_biases_are_0_elsewhere(word, cell):
    if word != "torch":
        for name, value in draw(same(word), Sizes(3, 4, 2, cell, 2), 0).items():
            assert np.any(value != 0) == name.startswith("W_")


def test_glorot_is_uniform_by_the_sizes_of_one_gate(cell):
    sizes = Sizes(30, 40, 20, cell, 2)
    params = draw(same("glorot"), sizes, 2)
    for name, rows in (("W_xh", 30), ("W_hh", 40), ("W_xh_1", 40), ("W_hh_1", 40)):
        bound = np.sqrt(6 / (rows + 40))
        for matrix in gates(params, name, sizes):
            assert_uniform(matrix, -bound, bound)
    bound = np.sqrt(6 / (40 + 20))
    assert_uniform(params["W_hy"], -bound, bound)


def test_he_is_normal_by_the_rows(cell):
    sizes = Sizes(30, 40, 20, cell, 2)
    params = draw(same("he"), sizes, 2)
    for name, rows in (("W_xh", 30), ("W_hh", 40), ("W_xh_1", 40), ("W_hh_1", 40)):
        for matrix in gates(params, name, sizes):
            assert_normal(matrix, np.sqrt(2 / rows))
    assert_normal(params["W_hy"], np.sqrt(2 / 40))


def test_orthogonal_in_either_shape(cell):
    sizes = Sizes(30, 40, 20, cell)
    params = draw(same("orthogonal"), sizes, 3)
    # A QR factor is orthogonal to some eps of its size.
    for matrix in gates(params, "W_hh", sizes):
        np.testing.assert_allclose(matrix @ matrix.T, np.eye(40), rtol=0, atol=1e-13)
    for matrix in gates(params, "W_xh", sizes):  # wide: its rows
        np.testing.assert_allclose(matrix @ matrix.T, np.eye(30), rtol=0, atol=1e-13)
    w = params["W_hy"]  # tall: its columns
    np.testing.assert_allclose(w.T @ w, np.eye(20), rtol=0, atol=1e-13)


@pytest.mark.parametrize("name", ["W_xh", "W_hh", "W_hy"])
def test_orthogonal_favours_no_sign(name):
    # Uniform over orthogonal matrices: a plain QR has a diagonal of one sign. Of 200 entries
    # about half are positive; five standard deviations of that count are 35.
    how = same("orthogonal")
    corners = np.array([draw(how, Sizes(1, 2, 1), seed)[name][0, 0] for seed in range(200)])
    assert abs(np.sum(corners > 0) - 100) < 35


def test_identity(cell):
    sizes = Sizes(30, 40, 20, cell, 2)
    params = draw(same("identity", std=0.001), sizes, 4)
    for name in ("W_hh", "W_hh_1"):
        for matrix in gates(params, name, sizes):
            np.testing.assert_array_equal(matrix, np.eye(40))
    for name in ("W_xh", "W_xh_1", "W_hy"):
        assert_normal(params[name], 0.001)


def test_normal_has_the_given_spread():
    for std in (0.01, 3.0):
        params = draw(same("normal", std=std), SIZES, 5)
        for name in ("W_xh", "W_hh", "W_hy"):
            assert_normal(params[name], std)
    for value in draw(same("normal", std=0.0), SIZES, 5).values():
        np.testing.assert_array_equal(value, 0)


def test_notebook_is_a_hundredth_of_a_uniform():
    params = draw(same("notebook"), SIZES, 6)
    for name in ("W_xh", "W_hh", "W_hy"):
        assert_uniform(params[name], 0.0, 0.01)


# ---- what is made of the draws


def test_the_spectral_radius_of_every_gate(word, cell):
    sizes = Sizes(3, 12, 2, cell, 2)
    plain, scaled = draw(same(word), sizes, 9), draw(same(word, spectral_radius=0.95), sizes, 9)
    for name in plain:
        if not is_recurrent(name):
            np.testing.assert_array_equal(scaled[name], plain[name])
            continue
        for before, after in zip(
            gates(plain, name, sizes), gates(scaled, name, sizes), strict=True
        ):
            # The eigenvalues of a random matrix of 12 rows: some hundred eps.
            assert radius(after) == pytest.approx(0.95, rel=1e-12)
            np.testing.assert_allclose(after, before * (0.95 / radius(before)), rtol=1e-12)


def test_a_matrix_without_a_spectral_radius_is_refused():
    with pytest.raises(ValueError, match=r"spectral_radius is 0.95, but .* init_std above 0"):
        draw(same("normal", std=0.0, spectral_radius=0.95), SIZES, 0)


@pytest.mark.parametrize("n", [1, 5, 11, 12])
def test_connections_of_every_unit(cell, n):
    sizes = Sizes(3, 12, 2, cell, 2)
    plain, sparse = draw(same("normal"), sizes, 9), draw(same("normal", connections=n), sizes, 9)
    masks = []
    for name in plain:
        if not is_recurrent(name):
            np.testing.assert_array_equal(sparse[name], plain[name])
            continue
        kept = sparse[name] != 0
        np.testing.assert_array_equal(sparse[name][kept], plain[name][kept])
        # A column holds what comes in to one gate of one unit.
        np.testing.assert_array_equal(kept.sum(axis=0), n)
        masks += np.split(kept, kept.shape[1] // 12, axis=1)
    for i, one in enumerate(masks):
        for other in masks[:i]:
            assert np.any(one != other) == (n < 12)


def test_connections_are_at_random_places():
    # 3 of 12, over 1200 columns: a place is kept in a quarter of them, within five standard
    # deviations of that share.
    kept = [
        draw(same("normal", connections=3), Sizes(1, 12, 1), seed)["W_hh"] != 0
        for seed in range(100)
    ]
    share = np.concatenate(kept, axis=1).mean(axis=1)
    assert np.abs(share - 0.25).max() < 5 * np.sqrt(0.25 * 0.75 / 1200)


def test_connections_are_taken_before_the_spectral_radius_is_set():
    w = draw(same("normal", connections=4, spectral_radius=0.95), SIZES, 1)["W_hh"]
    np.testing.assert_array_equal((w != 0).sum(axis=0), 4)
    # As above: the rounding of eigenvalues.
    assert radius(w) == pytest.approx(0.95, rel=1e-12)


def test_one_connection_a_unit_always_leaves_a_cycle():
    # Follow the one connection of each unit back: a path among 3 units closes, so that the
    # spectral radius is never 0.
    for seed in range(50):
        w = draw(same("normal", connections=1, spectral_radius=2.0), Sizes(1, 3, 1), seed)["W_hh"]
        # Eigenvalues of a cycle of three: the cube root magnifies a rounding no more than to 1e-5.
        assert radius(w) == pytest.approx(2, rel=1e-5)


@pytest.mark.parametrize("word", ["torch", "glorot"])
def test_the_forget_bias_is_the_forget_gate_s_alone(word):
    sizes = Sizes(3, 4, 2, "lstm", 2)
    plain, biased = draw(same(word), sizes, 0), draw(same(word, forget_bias=1.5), sizes, 0)
    for name in plain:
        want = plain[name].copy()
        if name in ("b_h", "b_h_1"):
            want[4:8] += 1.5  # gates i, f, g, o
        np.testing.assert_array_equal(biased[name], want)


@pytest.mark.parametrize(("cell", "place"), [("min_lstm", 0), ("lstm_peephole", 1)])
def test_the_forget_bias_finds_the_sum_zf(cell, place):
    sizes = Sizes(3, 4, 2, cell)
    plain, biased = draw(same("torch"), sizes, 0), draw(same("torch", forget_bias=1.5), sizes, 0)
    want = plain["b_h"].copy()
    want[4 * place : 4 * place + 4] += 1.5
    np.testing.assert_array_equal(biased["b_h"], want)


@pytest.mark.parametrize("word", ["torch", "glorot"])
def test_a_cell_s_biases_are_added_to_those_of_their_sums(word):
    # The sums are zr, zz and xn, which has no bias, then hn with its own.
    cell = ZOO["mut1"].with_values(biases={"zz": 0.5, "hn": -2.0})
    plain, biased = (draw(same(word), Sizes(3, 4, 2, each, 2), 0) for each in ("mut1", cell))
    added = {"b_h": [0.0] * 4 + [0.5] * 4, "b_hn": [-2.0] * 4}
    for name in plain:
        want = plain[name] + np.array(added.get(name.removesuffix("_1"), 0.0))
        np.testing.assert_array_equal(biased[name], want)


def test_vectors_start_as_the_cell_says(word):
    params = draw(same(word), Sizes(3, 400, 2, "ind_rnn", 2), 3)
    for name in ("u", "u_1"):
        assert_uniform(params[name], -1.0, 1.0)
    assert np.mean(params["u"] == params["u_1"]) < 0.01
    for name, value in draw(same(word), Sizes(3, 4, 2, "lstm_peephole", 2), 3).items():
        assert np.all(value == 0.0) or not is_vector(name, "lstm_peephole"), name
