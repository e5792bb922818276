"""Training with noise in a cell's equations; `test_draws.py` looks at the numbers themselves."""

import naive
import numpy as np
import pytest
from from_python import from_python
from training_cases import Case, Rule, params_of, still, train

from rnnsweep.kernels import draws, training
from rnnsweep.network.layout import join
from rnnsweep.vocabulary import OUTPUTS

fill_noise = from_python(draws.fill_noise)

# Noise that is added and noise that is multiplied, in two stages: the second kind has to be kept
# for the way back.
MULTIPLIED = {
    "sums": {"z": ["h_prev"], "zm": ["m"]},
    "states": ["h"],
    "constants": {"s": 0.5},
    "equations": """
m = act(z) * (1 + s * noise())
h = act(zm + noise()) * exp(s * noise()) + 0.5 * h_prev
""",
}
CELLS = {"leaky_rnn": "leaky_rnn", "multiplied": MULTIPLIED}
NOTHING_ELSE = {"inputs": ["z"], "states": ["h"], "equations": "h = noise() + 2 * noise() + z"}


def noisy(case, n_epochs=1, key=5, **stop):
    address = draws.fill_noise.address(case.model.dtype)
    return case.start(n_epochs, noise=address, noise_key=key, **stop)


@pytest.mark.parametrize("num_layers", [1, 3])
def test_each_occurrence_layer_time_step_and_update_has_its_own_noise(num_layers):
    seq_len, hidden, n = 4, 5, 6
    case = still(
        Rule(batch_size=n),
        n_train=n,
        seq_len=seq_len,
        sizes=(2, hidden, 1),
        num_layers=num_layers,
        output="every",
        cell=NOTHING_ELSE,
    )
    params = {
        name: value if name.startswith(("W_hy", "b_y")) else 0 * value
        for name, value in case.model.init(0).items()
    }
    run, orders = noisy(case, 3), case.orders(3)
    run.learner.params[:] = join(params, case.model.sizes, case.model.dtype)
    _, rows = train(run, orders)
    target = case.parts[0].target
    for epoch, order in enumerate(orders):  # one update an epoch, the first one has the number 1
        errors = []
        for t in range(seq_len):
            drawn = np.empty((2, n * hidden))
            for occurrence in range(2):
                with np.errstate(over="ignore"):  # interpreted, NumPy warns of wrapping products
                    fill_noise(drawn[occurrence], occurrence, num_layers - 1, t, 5, epoch + 1)
            h = (drawn[0] + 2 * drawn[1]).reshape(n, hidden)
            errors.append(h @ params["W_hy"] + params["b_y"] - target[order, t])
        want = np.mean(np.square(errors))
        assert rows[epoch, training.TRAIN_LOSS] == pytest.approx(want, rel=1e-13)


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("cell", CELLS)
def test_gradients_with_noise_are_central_differences(cell, output):
    # The first update draws the same numbers whatever the params are.
    case = still(
        Rule(batch_size=4),
        n_train=4,
        seq_len=4,
        sizes=(2, 3, 1),
        cell=CELLS[cell],
        output=output,
        num_layers=2,
        with_lengths=True,
    )

    def one_update(params, key=5):
        run = noisy(case, key=key, dropout=0.4, drop_key=3)
        run.learner.params[:] = join(params, case.model.sizes, case.model.dtype)
        _, rows = train(run, case.orders(1))
        return rows[0, training.TRAIN_LOSS], params_of(run, run.learner.grads)

    start = case.model.init(0)
    loss, grads = one_update(start)
    assert loss != one_update(start, key=6)[0]
    differences = naive.central_differences(lambda params: one_update(params)[0], start, 1e-5)
    # Rounding: an eps of a loss near 1, over the step; truncation is of the size of its square,
    # times a third derivative that noise makes as large as 10.
    for name, grad in grads.items():
        np.testing.assert_allclose(grad, differences[name], rtol=0, atol=5e-9, err_msg=name)


def test_evaluation_has_no_noise():
    case = still(Rule(batch_size=8), n_train=8, n_val=8, num_layers=2, cell="leaky_rnn")
    run = noisy(case, 20)
    _, rows = train(run, case.orders(20))
    x, y, _ = case.parts[1]
    want = naive.loss(case.network, case.model.init(0), x, y)
    np.testing.assert_allclose(rows[:, training.VAL_LOSS], want, rtol=1e-13)  # rounding alone
    assert len(set(rows[:, training.TRAIN_LOSS])) == 20  # other noise at each update
    outputs = run.outputs(run.val_part)
    np.testing.assert_array_equal(outputs[:, 0], case.model.forward(case.model.init(0), x))


def test_noise_depends_on_its_key_and_update_alone():
    rows = []
    for key in (1, 1, 2):
        case = Case(Rule(batch_size=3), cell=MULTIPLIED)
        rows.append(train(noisy(case, 4, key=key), case.orders(4))[1])
    np.testing.assert_array_equal(rows[0], rows[1])
    assert np.all(rows[2][:, training.TRAIN_LOSS] != rows[0][:, training.TRAIN_LOSS])


def test_a_training_without_noise_is_the_naive_twin_s():
    # An address of 0: the arrays of noise are 0.
    case = Case(Rule(batch_size=3, learning_rate=0.1), cell="leaky_rnn", num_layers=2)
    _, rows = train(case.start(3), case.orders(3))
    want = case.twin(3).records
    np.testing.assert_allclose(rows[:, training.TRAIN_LOSS], [r[0] for r in want], rtol=1e-12)
