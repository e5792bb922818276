"""What the sweeps in PyTorch and JAX share with this program, so that all train the same networks.

They share the trials of a sweep file, the arrays of its task, the initial parameters, and the order
of the training sequences in each epoch, so that a trial differs only in rounding. None of this
imports the kernels or takes noticeable time.
"""

import argparse
import functools
import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnnsweep import sweepfile
from rnnsweep.execution.environment import usable_cores
from rnnsweep.network.initialization import Initialization, draw
from rnnsweep.network.layout import Sizes
from rnnsweep.random_streams import SHUFFLING, stream

Array = NDArray[np.float32]

# The settings that the programs know; every other one has to have its default.
VARIED = {
    "activation", "hidden_size", "learning_rate", "batch_size", "epochs", "clip_norm", "seed",
}  # fmt: skip
FIXED = {"loss": "mse", "output": "last", "output_activation": "identity"}
ACTIVATIONS = ("sigmoid", "tanh", "relu")


class Trial(NamedTuple):
    """The settings of one trial."""

    trial_id: str
    activation: str
    hidden_size: int
    learning_rate: float
    batch_size: int
    epochs: int
    clip_norm: float
    seed: int


class Result(NamedTuple):
    """The result of a trial."""

    trial_id: str
    first_val_loss: float
    best_val_loss: float
    test_loss: float
    diverged: bool


class Problem:
    """A sweep file that the programs can run: the adding problem and `rnn` by SGD, float32.

    Raises
    ------
    ValueError
        If the file has other settings.
    """

    def __init__(self, path: str | Path, overrides: Iterable[str] = ()) -> None:
        self.configs = {
            trial.trial_id: trial.config for trial in sweepfile.load(path, list(overrides))
        }
        first = next(iter(self.configs.values()))
        self.task = first.task
        shape = self.task.shape("last")
        self.n_input, self.n_output = shape.input_size, shape.output_size
        for config in self.configs.values():
            _check(config, first)

    @property
    def trials(self) -> list[Trial]:
        """The trials, in the file's order."""
        return [
            Trial(trial_id, *(config.settings()[name] for name in Trial._fields[1:]))
            for trial_id, config in self.configs.items()
        ]

    @functools.cache  # noqa: B019 - there is one problem in a process
    def data(self, seed: int) -> dict[str, tuple[Array, Array]]:
        """Return x (N, T, I) and y (N, O) of the parts "train", "val" and "test"."""
        made = self.task.data(seed, "last")
        return {
            name: (part.x.astype(np.float32), part.y.astype(np.float32))
            for name, part in zip(made._fields, made, strict=True)
        }

    def initial_params(self, trial: Trial) -> dict[str, Array]:
        """Return the initial parameters by name, as `Model.init` does."""
        model = self.configs[trial.trial_id].model
        how = Initialization(
            model.init_input, model.init_recurrent, model.init_output, model.init_std
        )
        sizes = Sizes(self.n_input, trial.hidden_size, self.n_output)
        drawn = draw(how, sizes, trial.seed)
        return {name: values.astype(np.float32) for name, values in drawn.items()}

    def orders(self, trial: Trial) -> NDArray[np.int64]:
        """Return the order (epochs, N) of the training sequences in each epoch."""
        shuffling = stream(trial.seed, SHUFFLING)
        n_train = len(self.data(trial.seed)["train"][0])
        return np.stack([shuffling.permutation(n_train) for _ in range(trial.epochs)])


def _check(config: sweepfile.Config, first: sweepfile.Config) -> None:
    """Refuse settings that the programs do not know."""
    if config.task != first.task or config.task.name != "adding":
        raise ValueError("the peers train one adding problem")
    if config.model.activation not in ACTIVATIONS:
        raise ValueError(f"the peers have no activation {config.model.activation!r}")
    for table in (config.model, config.train, config.stop):
        settings = table.__dict__
        for name, field in type(table).model_fields.items():
            if name in VARIED:
                continue
            known = FIXED.get(name)
            if known is None:
                known = field.get_default(call_default_factory=True, validated_data=settings)
            if settings[name] != known:
                raise ValueError(f"the peers have no {name} = {settings[name]!r}")


def result_of(trial: Trial, val_losses: NDArray[np.floating], test_loss: float) -> Result:
    """Return the result of a trial with these validation losses, one for each epoch."""
    finite = val_losses[np.isfinite(val_losses)]
    best = float(finite.min()) if len(finite) else math.nan
    return Result(
        trial.trial_id, float(val_losses[0]), best, test_loss, len(finite) < len(val_losses)
    )


def sweep_options(doc: str) -> argparse.ArgumentParser:
    """Return the command line that the programs share."""
    parser = argparse.ArgumentParser(description=doc.partition(":")[0])
    parser.add_argument("sweep")
    parser.add_argument("results")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--cores", type=int, default=usable_cores())
    return parser


def write(path: str | Path, results: Iterable[Result], seconds: list[float]) -> None:
    """Write the results, and the wall time of each time that all were trained, as JSON."""
    rows = [result._asdict() for result in results]
    Path(path).write_text(json.dumps({"seconds": seconds, "results": rows}))


def read(path: str | Path) -> tuple[list[Result], list[float]]:
    """Return the results and times that `write` has written."""
    written = json.loads(Path(path).read_text())
    return [Result(**row) for row in written["results"]], written["seconds"]
