"""The published sweeps: their settings are the sources', and each can be trained."""

from pathlib import Path

import numpy as np
import pytest

import rnnsweep
from rnnsweep import sweepfile

PAPERS = Path(__file__).parents[2] / "sweeps" / "papers"
FILES = sorted(PAPERS.glob("*.toml"))

N_TRIALS = {
    "char_rnn": 5,
    "diverged": 1000 * 4,
    "irnn_ladder": 8 * 10,
    "lstm_variants": 3 * 15 * 3 * 10,
    "reber": 13 * 30,
    "temporal_order": 3 * 5 * 2 * 5,
}
# Seconds at most: one seed, few sequences, few epochs.
SHORT = {
    "char_rnn": ["seed=0", "train.epochs=2", "model.hidden_size=8"],
    "diverged": ["random.trials=2", "task.n_train=64", "task.n_val=16", "train.epochs=1"],
    "irnn_ladder": ["seed=0", "task.n_train=32", "task.n_val=16", "train.epochs=2"],
    "lstm_variants": [
        "seed=0",
        "task.n_train=16",
        "task.n_val=16",
        "train.epochs=1",
        "train.learning_rate=0.01",
        'model.cell=["lstm_peephole", "ind_rnn"]',
    ],
    "reber": ["seed=0", "task.n_train=16", "task.n_val=16", "train.epochs=2"],
    "temporal_order": ["seed=0", "task.n_train=40", "task.n_val=20", "train.epochs=2"],
}


def rows(name, *keys, overrides=()):
    """The different values of these settings in a file, in its order; the seed left out."""
    settings = [
        trial.config.settings() for trial in sweepfile.load(PAPERS / f"{name}.toml", overrides)
    ]
    return list(dict.fromkeys(tuple(row[key] for key in keys) for row in settings))


def test_every_study_of_the_issue_has_its_file():
    assert [path.stem for path in FILES] == sorted(N_TRIALS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_number_of_trials_is_the_page_s(path):
    assert len(sweepfile.load(path)) == N_TRIALS[path.stem]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_names_its_source_and_what_is_changed(path):
    head = path.read_text(encoding="utf-8").split("[task]")[0]
    assert "# Source: " in head
    assert "# Changed:" in head


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_setting_of_a_file_trains(path, tmp_path, no_plots):
    results = rnnsweep.run(path, results=tmp_path / "results", jobs=1, overrides=SHORT[path.stem])
    assert len(results.trials) > 0
    assert set(results.trials.status) <= {"complete", "solved", "stopped", "diverged"}


def test_ladder_has_the_source_s_table():
    table = rows("irnn_ladder", "task_seq_len", "hidden_size", "learning_rate", "clip_norm")
    source = [
        (2, 1, 0.3, 100), (3, 2, 0.2, 100), (5, 2, 0.1, 100), (10, 5, 0.05, 100),
        (20, 10, 0.03, 100), (40, 30, 0.01, 100), (60, 40, 0.01, 10), (100, 50, 0.01, 10),
    ]  # fmt: skip
    # The source steps along half the gradient.
    assert table == [(T, H, rate / 2, 2 * clip) for T, H, rate, clip in source]


def test_ladder_is_an_irnn_on_fresh_sequences():
    keys = ("activation", "init_recurrent", "init_std", "batch_size", "val_loss_below")
    assert rows("irnn_ladder", *keys) == [("relu", "identity", 0.001, 16, 0.1)]
    assert sweepfile.load(PAPERS / "irnn_ladder.toml")[0].config.task.fresh


def test_temporal_order_has_the_source_s_three_networks():
    keys = ("activation", "init_std", "init_connections", "spectral_radius")
    source = [("sigmoid", 0.01, 0, 0.0), ("tanh", 0.1, 0, 0.0), ("tanh", 0.01, 15, 0.95)]
    assert sorted(rows("temporal_order", *keys)) == sorted(source)
    keys = ("hidden_size", "optimizer", "learning_rate", "batch_size", "accuracy_above")
    assert rows("temporal_order", *keys) == [(50, "sgd", 0.01, 20, 0.99)]
    assert sorted(rows("temporal_order", "clip_norm")) == [(0.0,), (1.0,)]


def test_temporal_order_comes_to_its_budget_of_updates():
    trial = sweepfile.load(PAPERS / "temporal_order.toml")[0].config
    updates = trial.train.epochs * trial.task.n_train // trial.train.batch_size
    assert updates == trial.stop.max_updates


def test_reber_has_the_rows_of_table_1():
    table = rows("reber", "cell", "hidden_size", "learning_rate", "gradient", "truncation")
    elman = ("rnn", 15, 0.1, "truncated", 1)
    rtrl = [("rnn", 3, 0.05, "bptt", 0), ("rnn", 12, 0.1, "bptt", 0)]
    lstm = [(4, 0.1), (5, 0.1), (5, 0.2), (4, 0.5), (5, 0.5)]
    # With the table's learning rates, and as many times them as a string has time steps.
    as_lstm = [("lstm", H, rate, "bptt", 0) for H, rate in lstm]
    as_sums = [("lstm", H, round(11 * rate, 9), "bptt", 0) for H, rate in lstm]
    assert sorted(table) == sorted([elman, *rtrl, *as_lstm, *as_sums])


def test_reber_keeps_the_forget_gate_open():
    assert rows("reber", "cell", "forget_bias") == [("rnn", 0.0), ("lstm", 5.0)]


def test_reber_stops_at_the_source_s_budget_and_success():
    trial = sweepfile.load(PAPERS / "reber.toml")[0].config
    strings = trial.train.epochs * trial.task.n_train
    assert 200_000 - trial.task.n_train < strings <= 200_000
    # Above this share of 256 strings there is only all of them.
    assert trial.stop.accuracy_above * trial.task.n_val > trial.task.n_val - 1


def test_diverged_draws_the_same_settings_for_each_cell():
    drawn = ("init_std", "spectral_radius", "optimizer", "learning_rate", "clip_norm")
    table = rows("diverged", "cell", "activation", *drawn)
    cells = [("rnn", "tanh"), ("rnn", "relu"), ("lstm", "tanh"), ("gru", "tanh")]
    by_cell = [{row[2:] for row in table if row[:2] == cell} for cell in cells]
    assert len(by_cell[0]) == 1000
    assert by_cell == [by_cell[0]] * 4


def test_diverged_has_momentum_with_sgd_alone():
    pairs = rows("diverged", "optimizer", "momentum")
    assert sorted(pairs) == [("adam", 0.0), ("rmsprop", 0.0), ("sgd", 0.9)]


class MinCharRNN:
    """min-char-rnn in plain NumPy, float64, weights given: a loss and an update a window.

    Losses are summed over the window, as in the source; Adagrad is PyTorch's, with 1e-10 outside
    the root, for the mean's gradient.
    """

    def __init__(self, params):
        self.params = {name: param.astype(np.float64) for name, param in params.items()}
        self.squares = {name: np.zeros_like(param) for name, param in self.params.items()}

    def window(self, x, target, state):
        """Return the loss before the update, and the last state."""
        p, T = self.params, len(x)
        states, errors, loss = [state], [], 0.0
        for t in range(T):
            states.append(np.tanh(p["W_xh"][x[t]] + states[t] @ p["W_hh"] + p["b_h"]))
            y = states[-1] @ p["W_hy"] + p["b_y"]
            share = np.exp(y - y.max()) / np.exp(y - y.max()).sum()
            loss -= np.log(share[target[t]])
            errors.append(share - np.eye(len(y))[target[t]])
        grads = {name: np.zeros_like(param) for name, param in p.items()}
        dh_next = np.zeros_like(state)
        for t in reversed(range(T)):
            grads["W_hy"] += np.outer(states[t + 1], errors[t])
            grads["b_y"] += errors[t]
            dz = (1 - states[t + 1] ** 2) * (p["W_hy"] @ errors[t] + dh_next)
            grads["W_xh"][x[t]] += dz
            grads["b_h"] += dz
            grads["W_hh"] += np.outer(states[t], dz)
            dh_next = p["W_hh"] @ dz
        for name, grad in grads.items():
            grad = np.clip(grad, -5, 5) / T
            self.squares[name] += grad**2
            p[name] -= 0.1 * grad / (np.sqrt(self.squares[name]) + 1e-10)
        return loss, states[-1]


def loss_of_min_char_rnn(text, params, n_updates):
    """The mean loss of a window over the first updates on a text."""
    network, state, losses = MinCharRNN(params), np.zeros(100), []
    for start in range(0, 25 * n_updates, 25):
        x, target = text[start : start + 25], text[start + 1 : start + 26]
        loss, state = network.window(x, target, state)
        losses.append(loss)
    return np.mean(losses)


@pytest.fixture(scope="module")
def text():
    """The characters of the training part by number, and how many different ones there are."""
    whole = (PAPERS.parent / "data" / "prose.txt").read_text(encoding="utf-8")
    characters = sorted(set(whole))
    n_train = len(whole) - 2 * round(len(whole) * 0.1)
    return [characters.index(character) for character in whole[:n_train]], len(characters)


def test_char_rnn_is_min_char_rnn(text, tmp_path, no_plots):
    symbols, n_characters = text
    overrides = ["seed=0", "train.dtype=float64", "stop.max_updates=20"]
    file = PAPERS / "char_rnn.toml"
    results = rnnsweep.run(file, results=tmp_path, jobs=1, overrides=overrides)
    network = rnnsweep.Model(
        cell="rnn",
        input_size=n_characters,
        hidden_size=100,
        output_size=n_characters,
        activation="tanh",
        output="every",
        init="normal",
        dtype="float64",
    )
    expected = loss_of_min_char_rnn(symbols, network.init(seed=0), 20)
    # Adagrad's first steps move every weight by 0.1, and the network is chaotic for a while: what
    # rounding changes grows tenfold in eight updates, from 1e-16 to 2e-9 here.
    assert 25 * results.epochs.train_loss[0] == pytest.approx(expected, rel=1e-7)


def test_char_rnn_starts_at_25_ln_of_the_vocabulary(text, tmp_path, no_plots):
    _, n_characters = text
    file, overrides = PAPERS / "char_rnn.toml", ["seed=[0, 1]", "stop.max_updates=1"]
    results = rnnsweep.run(file, results=tmp_path, jobs=1, overrides=overrides)
    starts = 25 * results.epochs.train_loss
    # Weights of 0.01 move the outputs by about 0.001.
    np.testing.assert_allclose(starts, 25 * np.log(n_characters), rtol=1e-3)
