"""The notebook's second cell compared with this program: python -m benchmarks.notebook [TRIALS].

Its own problem: one sequence of three time steps, three tanh units, 100 epochs of one update
each. First the training alone, one network on one thread, by the notebook's rule and by BPTT;
then a whole `run` of a sweep of 10,000 such networks (or TRIALS), with its tables and pictures.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.commands import seconds_of
from rnnsweep import sweepfile
from rnnsweep.execution.bench import take_turns
from rnnsweep.network.buffers import make_sequences
from rnnsweep.network.layout import join
from rnnsweep.training.session import Session, model_of, objective_of, rates_of, rule_of

SWEEP = "sweeps/notebook.toml"
N_TRIALS = 10_000
TARGET_TIMES, TARGET_SWEEP_S = 50, 10
FOR_S, MIN_ROUNDS = 3.0, 20
EPOCHS_A_CALL = 100

INPUTS = [np.array([1, 0]), np.array([0, 1]), np.array([1, 1])]
TARGET = np.array([[1]])
LEARNING_RATE = 0.01


class Cell:
    """The cell as in the notebook, without its printing."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        self.Wx = rng.random((3, 2)) * 0.01
        self.Wh = rng.random((3, 3)) * 0.01
        self.Wy = rng.random((1, 3)) * 0.01
        self.bh, self.by = np.zeros((3, 1)), np.zeros((1, 1))

    def forward(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the output and the last hidden state."""
        h = np.zeros((3, 1))
        for x in INPUTS:
            x = x.reshape(-1, 1)
            h = np.tanh(np.dot(self.Wx, x) + np.dot(self.Wh, h) + self.bh)
        return np.dot(self.Wy, h) + self.by, h

    def backward(self, y: np.ndarray, h: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return the gradients as the notebook has them."""
        dWy, dby = (y - TARGET) * h.T, y - TARGET
        dh = np.dot(self.Wy.T, (y - TARGET))
        dWx_total, dWh_total = np.zeros_like(self.Wx), np.zeros_like(self.Wh)
        dbh_total = np.zeros_like(self.bh)
        for t in reversed(range(len(INPUTS))):
            x = INPUTS[t].reshape(-1, 1)
            dhraw = dh * (1 - np.tanh(h) ** 2)
            dWx_total += np.dot(dhraw, x.T)
            dWh_total += np.dot(dhraw, h.T)
            dbh_total += dhraw
            dh = np.dot(self.Wh.T, dhraw)
        return dWx_total, dWh_total, dWy, dbh_total, dby

    def train(self) -> list[float]:
        """Train for 100 epochs; return the loss of each."""
        losses = []
        for _ in range(EPOCHS_A_CALL):
            y, h = self.forward()
            params = (self.Wx, self.Wh, self.Wy, self.bh, self.by)
            for param, gradient in zip(params, self.backward(y, h), strict=True):
                param -= LEARNING_RATE * gradient
            losses.append(float(np.mean((y - TARGET) ** 2)))
        return losses


def own_training(gradient: str, cell: Cell) -> Session:
    """Return this program's training of the same problem, from the cell's weights."""
    config = sweepfile.load(SWEEP, [f"train.gradient={gradient}", "seed=0"])[0].config
    model = model_of(config)
    sequences = make_sequences(
        np.array([INPUTS], np.float64), TARGET, model.dtype, model.sizes, n_out=1
    )
    run = Session(
        model,
        objective_of(config.train, config.model.activation),
        rule_of(config),
        rates_of(config.train),
        sequences,
        sequences,
    )
    params = {
        "W_xh": cell.Wx.T,
        "W_hh": cell.Wh.T,
        "b_h": cell.bh[:, 0],
        "W_hy": cell.Wy.T,
        "b_y": cell.by[:, 0],
    }
    run.learner.params[:] = join(params, model.sizes, model.dtype)
    return run


def own_call(run: Session) -> Callable[[], int]:
    """Return a call of 100 epochs."""
    orders = np.zeros((EPOCHS_A_CALL, 1), np.int64)
    stop = np.zeros(1, np.int64)

    def call() -> int:
        run.epoch = 0
        run.train(orders, stop)
        return 1

    return call


def check_losses() -> None:
    """Fail if the two do not train the same thing."""
    cell = Cell()
    run = own_training("notebook", cell)
    _, rows = run.train(np.zeros((EPOCHS_A_CALL, 1), np.int64), np.zeros(1, np.int64))
    np.testing.assert_allclose(rows[:, 0], cell.train(), rtol=1e-12)


def main() -> None:
    """Print the times."""
    n_trials = int(sys.argv[1]) if len(sys.argv) > 1 else N_TRIALS
    check_losses()
    cell = Cell()
    names = {"notebook": "the notebook's rule", "bptt": "BPTT"}
    calls = {name: own_call(own_training(name, Cell())) for name in names}
    seconds = take_turns(calls | {"cell": lambda: len(cell.train()[:1])}, FOR_S, MIN_ROUNDS)
    print(f"100 epochs: the notebook's code {seconds['cell'] * 1e6:.0f} us")
    for name, text in names.items():
        times = seconds["cell"] / seconds[name]
        print(
            f"  rnnsweep, {text:19} {seconds[name] * 1e6:6.1f} us, {times:5.1f} times as fast"
            f" (target: {TARGET_TIMES})"
        )
    with tempfile.TemporaryDirectory() as scratch:
        results = Path(scratch) / "notebook"
        last = n_trials - 1
        seeds = f"seed={{from = 0, to = {last}, num = {n_trials}}}"
        arguments = ["run", SWEEP, "--results", str(results), "--set", "train.gradient=bptt"]
        took = seconds_of("rnnsweep", [*arguments, "--set", seeds])
    print(
        f"run of {n_trials:,} such networks: {took.wall:.1f} s, {took.cpu:.1f} s of CPU"
        f" (target for 10,000: {TARGET_SWEEP_S} s)"
    )


if __name__ == "__main__":
    main()
