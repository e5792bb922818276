"""The shares of each seed in the scatter: planted shares, what is left out, and what is refused."""

import numpy as np
import pytest
from seed_cases import APART, SWEPT, outcomes_of, planted

from rnnsweep.analysis.parts_of_variance import MEASURES
from rnnsweep.analysis.seed_variance import INTERACTIONS, seed_variance_of
from rnnsweep.errors import SweepError


def parts_of(*arguments):
    return seed_variance_of(*arguments).parts


def table(parts):
    return {part.name: part.share for part in parts}


@pytest.mark.parametrize("measure", MEASURES)
def test_the_largest_source_has_the_largest_share(measure):
    scatter = seed_variance_of(outcomes_of(planted([0.02, 0.2, 0.001, 0.01])), SWEPT, measure)
    shares = table(scatter.parts)
    assert [*shares] == [*APART, INTERACTIONS]
    assert sum(shares.values()) == pytest.approx(1, abs=1e-12)
    assert max(shares, key=shares.get) == "seed_init"
    assert shares["seed_order"] < 0.05
    assert all(0 <= part.low <= part.share <= part.high <= 1 for part in scatter.parts)
    assert scatter.n_values == (6, 6, 6)
    assert (scatter.n_settings, scatter.n_trials, scatter.n_left_out) == (6, 6**4, 0)
    assert MEASURES[measure] in scatter.note


def test_how_far_settings_are_apart_plays_no_part():
    losses = planted([0.02, 0.2, 0.001, 0.01])
    factor = np.array([1.0, 1e-3])[:, None, None, None, None]
    one = parts_of(outcomes_of(losses), SWEPT, "log_loss")
    other = parts_of(outcomes_of(losses * factor), SWEPT, "log_loss")
    for part, same in zip(one, other, strict=True):
        assert same.share == pytest.approx(part.share, abs=1e-12)
        assert same.low == pytest.approx(part.low, abs=1e-9)


def test_intervals_cover_the_share():
    variances = [0.1, 0.05, 0.01, 0.07]
    want = np.array(variances) / sum(variances)
    covered = np.zeros(4)
    n = 60
    for seed in range(n):
        losses = planted(variances, (1, 2, 5, 5, 5), seed)
        parts = parts_of(outcomes_of(losses), SWEPT, "log_loss")
        covered += [part.low <= share <= part.high for part, share in zip(parts, want, strict=True)]
    # In 200 simulations they cover 93, 98, 100 and 97 %.
    assert covered.min() >= 0.85 * n


def test_settings_without_a_result_for_every_combination_are_left_out():
    losses = planted([0.02, 0.2, 0.001, 0.01])
    half = 3 * 6**3
    whole = seed_variance_of(outcomes_of(losses[:1]), SWEPT, "log_loss")
    # One trial of each setting with the second activation failed, or is not there yet.
    missing = [half + i * 6**3 + i for i in range(3)]
    for gaps in ({"failed": missing}, {"without": missing}):
        scatter = seed_variance_of(outcomes_of(losses, **gaps), SWEPT, "log_loss")
        assert (scatter.n_settings, scatter.n_left_out, scatter.n_trials) == (3, 3, half)
        assert "3 settings without a result for each of them are left out" in scatter.note
        assert table(scatter.parts) == pytest.approx(table(whole.parts), abs=1e-12)


def test_a_trial_that_diverged_is_the_worst():
    losses = planted([0.02, 0.2, 0.001, 0.01])
    diverged = [7, 8, 9]
    scatter = seed_variance_of(outcomes_of(losses, diverged=diverged), SWEPT)
    assert scatter.n_diverged == 3
    worst = losses.copy()
    worst.ravel()[diverged] = 1e9
    assert table(scatter.parts) == pytest.approx(table(parts_of(outcomes_of(worst), SWEPT)))


def test_two_seeds_of_which_one_is_that_of_all_else():
    names = ("seed", "seed_init")
    losses = planted([0.2, 0.02, 0.0, 0.01], (2, 3, 6, 6, 1))[..., 0]
    shares = table(parts_of(outcomes_of(losses, names), SWEPT))
    assert [*shares] == ["seed", "seed_init", INTERACTIONS]
    assert max(shares, key=shares.get) == "seed"


def test_two_values_of_a_seed_give_no_interval():
    losses = planted([0.2, 0.2, 0.2, 0.1], (2, 2, 2, 5, 5))
    parts = parts_of(outcomes_of(losses), SWEPT)
    assert np.isnan([(part.low, part.high) for part in parts]).all()
    assert np.isfinite([part.share for part in parts]).all()


def test_seeds_that_change_together_are_one():
    losses = planted([0.2, 0.2, 0.0, 0.1], (2, 2, 4, 4, 1))[..., 0]
    outcomes = outcomes_of(losses, ("seed_data", "seed_order"))
    outcomes.settings["seed_init"] = [10 + seed for seed in outcomes.settings["seed_data"]]
    names = [part.name for part in parts_of(outcomes, SWEPT)]
    assert names == ["seed_data + seed_init", "seed_order", INTERACTIONS]


def test_without_settings_all_trials_are_of_one():
    losses = planted([0.2, 0.1, 0.1, 0.1], (1, 1, 4, 4, 4))
    scatter = seed_variance_of(outcomes_of(losses), [])
    assert (scatter.n_settings, scatter.n_trials) == (1, 64)


ALIKE = np.ones((2, 2, 3, 3, 3)) * np.array([1.0, 2.0])[:, None, None, None, None]


@pytest.mark.parametrize(
    ("losses", "names", "message"),
    [
        (planted([1, 1, 1, 1])[..., 0, 0], ("seed",), "only seed varies among the trials"),
        (planted([1, 1, 1, 1], (2, 2, 1, 1, 1)), APART, "the trials of a setting have one seed"),
        (ALIKE, APART, "trials of one setting do not differ"),
    ],
)
def test_what_cannot_be_taken_apart(losses, names, message):
    outcomes = outcomes_of(losses, names)
    with pytest.raises(SweepError, match=message):
        seed_variance_of(outcomes, SWEPT)


def test_seeds_that_are_not_crossed_cannot_be_taken_apart():
    losses = planted([1, 1, 1, 1], (2, 2, 3, 3, 3))
    # Without the last value of the order of one initialisation: no setting has all combinations.
    places = np.array(list(np.ndindex(losses.shape)))
    without = np.flatnonzero((places[:, 3] == 2) & (places[:, 4] == 2))
    outcomes = outcomes_of(losses, without=without)
    message = r"27 combinations of seeds \(3 seed_data x 3 seed_init x 3 seed_order\) yet"
    with pytest.raises(SweepError, match=message):
        seed_variance_of(outcomes, SWEPT)


def test_no_trial_at_all():
    with pytest.raises(SweepError, match="one seed"):
        seed_variance_of(outcomes_of(np.ones((0, 2, 3, 3, 3))), SWEPT)


def test_a_measure_that_there_is_not():
    outcomes = outcomes_of(planted([1, 1, 1, 1], (1, 1, 3, 3, 3)))
    for ask in (parts_of, seed_variance_of):
        with pytest.raises(SweepError, match=r"no measure 'ranks'.*did you mean"):
            ask(outcomes, SWEPT, "ranks")


@pytest.mark.parametrize("n_left", [0, 2])
def test_nearly_all_trials_diverged(n_left):
    losses = planted([1, 1, 1, 1], (1, 1, 3, 3, 3))
    outcomes = outcomes_of(losses, diverged=range(n_left, 27))
    for measure in MEASURES:
        if n_left:
            assert sum(table(parts_of(outcomes, SWEPT, measure)).values()) == pytest.approx(1)
        else:
            with pytest.raises(SweepError, match="do not differ"):
                seed_variance_of(outcomes, SWEPT, measure)
