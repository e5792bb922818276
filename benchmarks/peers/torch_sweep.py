"""A sweep in PyTorch, a process a core: python -m benchmarks.peers.torch_sweep SWEEP RESULTS.json.

As a user would write it who knows that small networks gain nothing from BLAS threads: `nn.RNN`
where it has the activation, else a cell with the input product of all time steps outside of the
loop; batches by indexing, no DataLoader; a trial that has diverged ends with its epoch.
"""

import copy
import math
import multiprocessing
import random
import time

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.peers.problem import (
    Array,
    Problem,
    Result,
    Trial,
    result_of,
    sweep_options,
    write,
)


class SigmoidRNN(nn.RNNBase):
    """`nn.RNN` for the sigmoid, which it has not; one layer, time first."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__("RNN_TANH", input_size, hidden_size)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the hidden states (T, B, H), and the last."""
        from_x = x @ self.weight_ih_l0.T + (self.bias_ih_l0 + self.bias_hh_l0)
        w_hh = self.weight_hh_l0.T
        h = x.new_zeros(x.shape[1], self.hidden_size)
        states = []
        for from_x_t in from_x:
            h = torch.sigmoid(torch.addmm(from_x_t, h, w_hh))
            states.append(h)
        return torch.stack(states), h[None]


class Network(nn.Module):
    """A recurrent layer, and a linear readout of its last time step."""

    def __init__(self, n_input: int, n_hidden: int, n_output: int, activation: str) -> None:
        super().__init__()
        if activation == "sigmoid":
            self.rnn = SigmoidRNN(n_input, n_hidden)
        else:
            self.rnn = nn.RNN(n_input, n_hidden, nonlinearity=activation)
        self.readout = nn.Linear(n_hidden, n_output)

    def forward(self, x: Tensor) -> Tensor:
        """Return the outputs (B, O) for x (T, B, I)."""
        return self.readout(self.rnn(x)[0][-1])

    @torch.no_grad()
    def start_from(self, params: dict[str, Array]) -> None:
        """Take initial parameters."""
        for parameter, values in (
            (self.rnn.weight_ih_l0, params["W_xh"].T),
            (self.rnn.weight_hh_l0, params["W_hh"].T),
            (self.rnn.bias_ih_l0, params["b_h"]),
            (self.rnn.bias_hh_l0, 0 * params["b_h"]),
            (self.readout.weight, params["W_hy"].T),
            (self.readout.bias, params["b_y"]),
        ):
            parameter.copy_(torch.from_numpy(values.copy()))
        # One bias, as the other programs have: two would take steps twice as large.
        self.rnn.bias_hh_l0.requires_grad_(False)


def train(problem: Problem, trial: Trial) -> Result:
    """Train one network."""
    parts = {
        name: (torch.from_numpy(x).transpose(0, 1).contiguous(), torch.from_numpy(y))
        for name, (x, y) in problem.data(trial.seed).items()
    }
    x, y = parts["train"]
    network = Network(problem.n_input, trial.hidden_size, problem.n_output, trial.activation)
    network.start_from(problem.initial_params(trial))
    parameters = [p for p in network.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(parameters, lr=trial.learning_rate)
    loss_of = nn.functional.mse_loss

    def evaluate(part: str) -> float:
        with torch.no_grad():
            inputs, targets = parts[part]
            return loss_of(network(inputs), targets).item()

    val_losses: list[float] = []
    best = copy.deepcopy(network.state_dict())
    for order in torch.from_numpy(problem.orders(trial)):
        for batch in order.split(trial.batch_size):
            optimizer.zero_grad()
            loss = loss_of(network(x[:, batch]), y[batch])
            loss.backward()
            if trial.clip_norm:
                nn.utils.clip_grad_norm_(parameters, trial.clip_norm)
            optimizer.step()
        val_loss = evaluate("val")
        if val_loss < min(val_losses, default=math.inf):
            best = copy.deepcopy(network.state_dict())
        val_losses.append(val_loss)
        if not math.isfinite(val_loss):
            break
    network.load_state_dict(best)
    return result_of(trial, np.array(val_losses), evaluate("test"))


def _start(path: str, overrides: list[str]) -> None:
    """Prepare a process."""
    global _problem
    torch.set_num_threads(1)
    _problem = Problem(path, overrides)


def _train(trial: Trial) -> Result:
    return train(_problem, trial)


def main() -> None:
    """Train the trials of a sweep file and write their results."""
    parser = sweep_options(__doc__)
    parser.add_argument("--sample", type=int, metavar="N", help="N trials, drawn at random")
    options = parser.parse_args()
    trials = Problem(options.sweep, options.set).trials
    if options.sample:
        trials = random.Random(0).sample(trials, options.sample)
    trials.sort(key=lambda trial: -trial.hidden_size)  # so that no process ends alone
    with multiprocessing.Pool(options.cores, _start, (options.sweep, options.set)) as pool:
        start = time.perf_counter()
        results = pool.map(_train, trials, chunksize=1)
        write(options.results, results, [time.perf_counter() - start])


if __name__ == "__main__":
    main()
