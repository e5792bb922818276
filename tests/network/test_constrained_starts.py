"""The starts of constrained recurrent matrices have what their sources say."""

import naive_constraints
import numpy as np
import pytest

from rnnsweep.network.constrained_starts import (
    antisymmetric_start,
    dale_start,
    low_rank_start,
    orthogonal_start,
)

SIZE = 200


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def test_excitation_and_inhibition_balance_by_dales_law(rng):
    drawn = rng.normal(0, 0.1, (SIZE, SIZE))
    v = dale_start(drawn, 160)
    settings = naive_constraints.Settings(n_excitatory=160)
    w = naive_constraints.effective("dale", [v], settings)
    np.testing.assert_allclose(w.sum(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose((w**2).mean(axis=0), (drawn**2).mean(axis=0))
    # Within the excitatory and within the inhibitory units of a column all keep their ratios.
    ratios = v / abs(drawn)
    for part in (ratios[:160], ratios[160:]):
        np.testing.assert_allclose(part, np.broadcast_to(part[0], part.shape))


@pytest.mark.parametrize("n_excitatory", [0, 4])
def test_units_of_one_kind_alone_start_as_drawn(n_excitatory, rng):
    drawn = rng.standard_normal((4, 4))
    np.testing.assert_array_equal(dale_start(drawn, n_excitatory), abs(drawn))


def test_a_column_without_inhibition_starts_as_drawn(rng):
    drawn = rng.standard_normal((4, 4))
    drawn[2:, 1] = 0
    drawn[:, 3] = 0
    v = dale_start(drawn, 2)
    np.testing.assert_array_equal(v[:, [1, 3]], abs(drawn[:, [1, 3]]))
    np.testing.assert_allclose(v[:2, 0].sum(), v[2:, 0].sum())


def test_the_antisymmetric_start_has_the_variance_of_the_drawn_matrix(rng):
    drawn = rng.normal(0, 0.1, (SIZE, SIZE))
    w = naive_constraints.effective("antisymmetric", [antisymmetric_start(drawn)])
    # The standard error of a standard deviation from n values is 1 / sqrt(2 n) of it.
    assert w[np.triu_indices(SIZE, 1)].std() == pytest.approx(0.1, rel=5 / SIZE)


@pytest.mark.parametrize("size", [1, 2, 7, SIZE])
def test_the_orthogonal_start_rotates_planes_by_angles_up_to_a_right_angle(size, rng):
    v = orthogonal_start(rng, size)
    w = naive_constraints.effective("orthogonal", [v])
    np.testing.assert_allclose(w.T @ w, np.eye(size), atol=1e-14)
    angles = np.sort(abs(np.angle(np.linalg.eigvals(w))))
    np.testing.assert_allclose(angles[: size % 2], 0, atol=1e-12)
    assert (angles <= np.pi / 2 + 1e-12).all()
    same = np.random.default_rng(5).uniform(0, np.pi / 2, size // 2)
    np.testing.assert_allclose(angles[size % 2 :], np.sort(np.repeat(same, 2)), atol=1e-7)


@pytest.mark.parametrize("rank", [1, 5, SIZE])
def test_the_product_of_low_rank_factors_has_the_standard_deviation(rank, rng):
    m, n = low_rank_start(rng, SIZE, rank, 0.3)
    assert m.shape == (SIZE, rank)
    assert n.shape == (rank, SIZE)
    # The mean square of M N is that of M times that of N times the rank, up to a few per cent:
    # M and N have SIZE * rank numbers each, of variance 2 in their squares.
    assert (m @ n).std() == pytest.approx(0.3, rel=5 / np.sqrt(SIZE * rank))
