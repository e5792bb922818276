"""Trainings of cells with sums that have no bias, and with vectors."""

import numpy as np
import pytest
from network_cases import Case as OneBatch
from network_cases import assert_equals_the_twin
from training_cases import Case, Rule, params_of, train

from rnnsweep.cells import CELLS
from rnnsweep.network.layout import flat_size, join
from rnnsweep.vocabulary import DTYPES, OUTPUTS

RULES = {
    "adam": Rule(optimizer="adam", l2=0.1, l1=0.01),
    "adamw": Rule(optimizer="adamw", weight_decay=0.5),
    "momentum": Rule(momentum=0.9, nesterov=True, clip_norm=0.1, batch_size=3),
    "clipped": Rule(optimizer="rmsprop", clip_value=0.01, batch_size=1),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@pytest.mark.parametrize("cell", ["mut1", "cfn"])  # two stages, and one
def test_a_sum_without_a_bias_gets_none(cell, rule, dtype):
    case = Case(rule._replace(learning_rate=0.05), cell=cell, num_layers=3, dtype=dtype)
    run = case.start(10)
    train(run, case.orders(10))
    # Its place in the flat vector: what no parameter covers.
    sizes = case.model.sizes
    everywhere = {name: np.ones_like(value) for name, value in case.model.init(0).items()}
    covered = join(everywhere, sizes, case.model.dtype) != 0
    n_unbiased = sum(not each.has_bias for each in CELLS[cell].sums)
    assert flat_size(sizes) - covered.sum() == n_unbiased * 3 * sizes.hidden > 0
    for vector in (run.learner.params, run.learner.best, run.learner.grads):
        np.testing.assert_array_equal(vector[~covered], 0.0)
    assert np.all(run.learner.params[covered] != case.model.init_flat(0)[covered])


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("truncation", [0, 2])
@pytest.mark.parametrize("cell", ["ind_rnn", "lstm_peephole", "lstm_full_gate_recurrence"])
def test_gradients_of_vectors_equal_the_naive_twin_s(cell, truncation, output):
    # With weights that differ, so that no sequence's or layer's share is taken for another's.
    case = OneBatch(
        *(3, 9, 6, (3, 5, 2)),
        cell=cell,
        num_layers=2,
        output=output,
        with_lengths=True,
        gradient="truncated" if truncation else "bptt",
        truncation=truncation,
    )
    rng = np.random.default_rng(5)
    vectors = [vector.name for vector in CELLS[cell].vectors]
    for name in (f"{vector}{end}" for vector in vectors for end in ("", "_1")):
        case.params[name] = rng.normal(size=5)
    assert len(set(case.lengths)) > 2
    assert_equals_the_twin(case)


def test_vectors_learn():
    case = Case(Rule(learning_rate=0.1), cell="lstm_peephole", num_layers=2)
    run = case.start(3)
    train(run, case.orders(3))
    learned, start = params_of(run, run.learner.params), case.model.init(0)
    for vector in CELLS["lstm_peephole"].vectors:
        for end in ("", "_1"):
            assert not np.any(start[vector.name + end])
            assert np.all(learned[vector.name + end] != 0)
