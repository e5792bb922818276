"""Constraints on the recurrent matrices, compared with the naive twin and with PyTorch."""

import naive_constraints
import numpy as np
import pytest
from naive import central_differences

from rnnsweep.kernels import products
from rnnsweep.kernels.constraints import (
    CONSTRAINTS,
    Constraint,
    make_effective,
    take_gradient_back,
)
from rnnsweep.vocabulary import RECURRENT

DTYPES = (np.float32, np.float64)
BEFORE, AFTER = 5, 7  # other parameters, on both sides of the matrices
RANK = 3
SETTINGS = naive_constraints.Settings(n_excitatory=2, gamma=0.25)


@pytest.fixture(params=DTYPES, ids=lambda dtype: dtype.__name__)
def dtype(request):
    return np.dtype(request.param)


@pytest.fixture(params=CONSTRAINTS)
def kind(request):
    return request.param


def shapes_of(kind, n_hidden):
    """Return the shapes of what is learned in place of one matrix."""
    if kind == "low_rank":
        return [(n_hidden, RANK), (RANK, n_hidden)]
    return [(n_hidden, n_hidden)]


def draw(kind, n_matrices, n_hidden, dtype, size=1.0):
    """Return what is learned as a list of arrays a matrix; the entries are `size` large."""
    rng = np.random.default_rng(n_hidden)
    shapes = shapes_of(kind, n_hidden)
    return [
        [(size * rng.standard_normal(shape)).astype(dtype) for shape in shapes]
        for _ in range(n_matrices)
    ]


def flat_of(matrices, dtype):
    """Return one flat vector: the first arrays of all matrices, then the second ones."""
    arrays = [array.ravel() for role in zip(*matrices, strict=True) for array in role]
    others = np.arange(1.0, BEFORE + 1), -np.arange(1.0, AFTER + 1)
    return np.concatenate([others[0], *arrays, others[1]]).astype(dtype)


def constraint_of(kind, n_matrices, n_hidden, dtype):
    functions = CONSTRAINTS[kind]
    return Constraint(
        constrain=functions.constrain.address(dtype),
        pull_back=functions.pull_back.address(dtype),
        multiply=products.address(dtype),
        start=BEFORE,
        n_matrices=n_matrices,
        n_hidden=n_hidden,
        n_excitatory=SETTINGS.n_excitatory,
        gamma=SETTINGS.gamma,
        rank=RANK,
        work=np.empty(2 * n_hidden * n_hidden, dtype),
        inverse=np.empty(n_hidden * n_hidden),
    )


def run(kind, matrices, dtype, by_effective=None):
    """Return the matrices W (n, H, H) and, from the gradients by W, those by what is learned."""
    n_matrices, n_hidden = len(matrices), len(matrices[0][0])
    constraint = constraint_of(kind, n_matrices, n_hidden, dtype)
    learned = flat_of(matrices, dtype)
    effective = np.full(BEFORE + n_matrices * n_hidden**2 + AFTER, np.nan, dtype)
    make_effective(learned, effective, constraint)
    np.testing.assert_array_equal(effective[:BEFORE], learned[:BEFORE])
    np.testing.assert_array_equal(effective[-AFTER:], learned[-AFTER:])
    w = effective[BEFORE:-AFTER].reshape(n_matrices, n_hidden, n_hidden)
    if by_effective is None:
        return w, None
    by_flat = flat_of([[by_w] for by_w in by_effective], dtype)
    by_learned = np.full_like(learned, np.nan)
    take_gradient_back(effective, learned, by_flat, by_learned, constraint)
    np.testing.assert_array_equal(by_learned[:BEFORE], by_flat[:BEFORE])
    np.testing.assert_array_equal(by_learned[-AFTER:], by_flat[-AFTER:])
    return w, by_learned[BEFORE:-AFTER]


def test_every_word_has_its_functions():
    assert [*RECURRENT] == ["free", *CONSTRAINTS]


def in_float64(arrays):
    return [array.astype(np.float64) for array in arrays]


def assert_near(values, expected, dtype, factor=16.0):
    """Compare with an error of some roundings of the largest element."""
    bound = factor * np.finfo(dtype).eps * np.abs(expected).max()
    np.testing.assert_allclose(values, expected, rtol=0, atol=bound)


@pytest.mark.parametrize("n_hidden", [3, 8, 33])
@pytest.mark.parametrize("n_matrices", [1, 4])
def test_matrices_and_gradients_equal_the_naive_twin(kind, n_matrices, n_hidden, dtype):
    matrices = draw(kind, n_matrices, n_hidden, dtype)
    by_effective = np.random.default_rng(1).standard_normal((n_matrices, n_hidden, n_hidden))
    by_effective = by_effective.astype(dtype)
    w, by_learned = run(kind, matrices, dtype, by_effective)
    expected = []
    for number, learned in enumerate(map(in_float64, matrices)):
        assert_near(w[number], naive_constraints.effective(kind, learned, SETTINGS), dtype)
        by_w = by_effective[number].astype(np.float64)
        expected.append(naive_constraints.gradients(kind, learned, by_w, SETTINGS))
    flat = np.concatenate([a.ravel() for role in zip(*expected, strict=True) for a in role])
    # The Cayley map's gradient is a product of two matrices with entries up to 2: more roundings.
    assert_near(by_learned, flat, dtype, factor=64 if kind == "orthogonal" else 16)


def test_gradients_of_the_twin_equal_central_differences(kind):
    learned = draw(kind, 1, 5, np.float64)[0]
    by_w = np.random.default_rng(2).standard_normal((5, 5))

    def loss(params):
        w = naive_constraints.effective(kind, list(params.values()), SETTINGS)
        return float((w * by_w).sum())

    expected = central_differences(loss, {str(k): a for k, a in enumerate(learned)}, 1e-6)
    gradients = naive_constraints.gradients(kind, learned, by_w, SETTINGS)
    for gradient, difference in zip(gradients, expected.values(), strict=True):
        np.testing.assert_allclose(gradient, difference, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("n_hidden", [4, 17])
def test_matrices_and_gradients_equal_those_of_pytorch(kind, n_hidden):
    torch = pytest.importorskip("torch")
    dtype = np.dtype(np.float64)
    matrices = draw(kind, 1, n_hidden, dtype)
    by_w = np.random.default_rng(3).standard_normal((n_hidden, n_hidden))
    w, by_learned = run(kind, matrices, dtype, by_w[np.newaxis])
    arrays = [torch.tensor(array, requires_grad=True) for array in matrices[0]]
    identity = torch.eye(n_hidden, dtype=torch.float64)
    if kind == "dale":
        signs = torch.ones(n_hidden, 1, dtype=torch.float64)
        signs[SETTINGS.n_excitatory :] = -1
        expected = signs * arrays[0].abs()
    elif kind == "antisymmetric":
        expected = arrays[0] - arrays[0].T - SETTINGS.gamma * identity
    elif kind == "orthogonal":
        a = arrays[0] - arrays[0].T
        expected = torch.linalg.solve(identity + a, identity - a)
    else:
        expected = arrays[0] @ arrays[1]
    expected.backward(torch.tensor(by_w))
    assert_near(w[0], expected.detach().numpy(), dtype)
    flat = np.concatenate([array.grad.numpy().ravel() for array in arrays])
    assert_near(by_learned, flat, dtype, factor=64)


@pytest.mark.parametrize("n_hidden", [1, 2, 64, 256])
@pytest.mark.parametrize("size", [1e-3, 0.1, 1.0, 10.0, 1e3])
def test_the_cayley_map_is_orthogonal_also_where_the_skew_matrix_is_large(n_hidden, size, dtype):
    # A pivot is lost to rounding where |A|^2 eps comes near 1: in float64, for |A| beyond 1e7.
    ((w,), _) = run("orthogonal", draw("orthogonal", 1, n_hidden, dtype, size), dtype)
    square = w.T.astype(np.float64) @ w
    bound = 1e-12 if dtype == np.float64 else np.finfo(dtype).eps
    np.testing.assert_allclose(square, np.eye(n_hidden), rtol=0, atol=bound)
    (v,) = draw("orthogonal", 1, n_hidden, dtype, size)[0]
    expected = naive_constraints.effective("orthogonal", [v.astype(np.float64)])
    np.testing.assert_allclose(w, expected, rtol=0, atol=bound)


def test_each_matrix_obeys_its_constraint_exactly(dtype):
    ((w,), _) = run("dale", draw("dale", 1, 9, dtype), dtype)
    assert (w[: SETTINGS.n_excitatory] > 0).all()
    assert (w[SETTINGS.n_excitatory :] < 0).all()
    ((w,), _) = run("antisymmetric", draw("antisymmetric", 1, 9, dtype), dtype)
    np.testing.assert_array_equal(w + w.T, -2 * SETTINGS.gamma * np.eye(9))
    ((w,), _) = run("low_rank", draw("low_rank", 1, 9, dtype), dtype)
    assert np.linalg.matrix_rank(w) == RANK


def test_a_weight_of_0_stays_0_by_dales_law(dtype):
    ((v,),) = draw("dale", 1, 4, dtype)
    v[0, 1] = v[3, 2] = 0
    by_w = np.ones((1, 4, 4), dtype)
    ((w,), by_v) = run("dale", [[v]], dtype, by_w)
    by_v = by_v.reshape(4, 4)
    assert w[0, 1] == w[3, 2] == by_v[0, 1] == by_v[3, 2] == 0
    assert (np.delete(abs(by_v).ravel(), [1, 14]) == 1).all()
