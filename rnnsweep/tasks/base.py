"""What a sequence problem is: its keys, its arrays from a seed, and its trivial predictors."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, model_validator

MAX_SEQ_LEN = 100_000
MAX_SEQUENCES = 10_000_000


class Part(NamedTuple):
    """The training, validation or test part of a task; float64, C-contiguous.

    Attributes
    ----------
    x : (N, T, I) array
    y : (N, O) array for output "last", (N, T, O) for "every"
    persistence : array of the shape of y, or None
        What "the value stays as it is" predicts; None where that means nothing.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    persistence: NDArray[np.float64] | None = None


class Data(NamedTuple):
    """The three parts of a task."""

    train: Part
    val: Part
    test: Part


class Shape(NamedTuple):
    """The sizes of a task's arrays, known without making them."""

    seq_len: int
    input_size: int
    output_size: int
    n_train: int
    n_val: int
    n_test: int


class Fault(NamedTuple):
    """A rule between keys that does not hold: the keys by their bare names, and why."""

    keys: tuple[str, ...]
    text: str


class TaskError(ValueError):
    """The keys of a task do not go together; pydantic hands it on inside its own error."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{', '.join(fault.keys)}: {fault.text}" for fault in faults))
        self.faults = faults


class Task(BaseModel):
    """One sequence problem; a subclass adds its keys as fields.

    Raises
    ------
    pydantic.ValidationError
        On construction: a key is unknown, missing, of the wrong type or out of range, or the
        keys do not go together.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, validate_default=False
    )

    line: ClassVar[str]
    """One line on the task for people."""
    loss: ClassVar[str] = "mse"
    output: ClassVar[str] = "last"
    output_activation: ClassVar[str] = "identity"
    outputs: ClassVar[tuple[str, ...]] = ("last",)
    """The values of `model.output` that the task has targets for."""
    seeded: ClassVar[bool] = True
    """False where the seed changes no data."""
    has_baseline: ClassVar[bool] = True
    """False where a trivial predictor's loss means nothing."""

    name: str

    @abstractmethod
    def shape(self, output: str = "last") -> Shape:
        """Return the sizes of the arrays that `data` makes."""

    @abstractmethod
    def target_range(self) -> tuple[float, float]:
        """Return inclusive bounds of the targets."""

    @abstractmethod
    def data(self, seed: int, output: str = "last") -> Data:
        """Make the three parts, each from its own random stream of the seed."""

    def identity(self) -> dict[str, Any]:
        """Return what decides the data: the task's keys without its name."""
        return self.model_dump(exclude={"name"})

    def faults(self) -> Iterator[Fault]:
        """Yield the rules between the task's keys that do not hold."""
        yield from ()

    def _prepare(self, context: Any) -> list[Fault]:
        """Take in what validation was given besides the keys (a reader of the user's files)."""
        return []

    @model_validator(mode="after")
    def _check(self, info: ValidationInfo) -> Self:
        faults = self._prepare(info.context) or list(self.faults())
        if faults:
            raise TaskError(faults)
        return self


class GeneratedTask(Task):
    """A task whose sequences are drawn at random: their length and number are its keys."""

    seq_len: int = Field(ge=1, le=MAX_SEQ_LEN, description="time steps of a sequence")
    n_train: int = Field(default=1024, ge=1, le=MAX_SEQUENCES, description="training sequences")
    n_val: int = Field(default=512, ge=1, le=MAX_SEQUENCES, description="validation sequences")
    n_test: int = Field(
        default_factory=lambda keys: keys["n_val"],
        ge=1,
        le=MAX_SEQUENCES,
        description="test sequences; default: n_val",
    )


def baselines(data: Data, loss: str) -> dict[str, float]:
    """Return the loss of each trivial predictor on the validation part, the best first.

    "mean" predicts the mean of the training targets, "persistence" that the value stays as it
    is; the best is the one with the lowest loss on the training part, so that the choice owes
    nothing to the validation part. Persistence is no probability, so `bce` has the mean alone.
    They mean nothing where a task's `has_baseline` is False.

    Parameters
    ----------
    data : Data
    loss : str
        "mse" or "bce", as the network's own.
    """
    train, val = data.train, data.val
    measure = _LOSSES[loss]
    # One mean for each output, over sequences and time steps.
    mean = train.y.mean(axis=tuple(range(train.y.ndim - 1)))
    found = [(measure(mean, train.y), "mean", measure(mean, val.y))]
    if loss == "mse" and train.persistence is not None and val.persistence is not None:
        on_train = measure(train.persistence, train.y)
        found.append((on_train, "persistence", measure(val.persistence, val.y)))
    return {name: on_val for _, name, on_val in sorted(found)}


def _mse(prediction: NDArray[np.float64], target: NDArray[np.float64]) -> float:
    return float(np.mean((prediction - target) ** 2))


def _bce(probability: NDArray[np.float64], target: NDArray[np.float64]) -> float:
    """Binary cross-entropy in nats, 0 log 0 taken as 0."""
    p, y = np.broadcast_arrays(probability, target)
    with np.errstate(divide="ignore", invalid="ignore"):
        ones = np.where(y > 0, y * np.log(p), 0.0)
        zeros = np.where(y < 1, (1 - y) * np.log(1 - p), 0.0)
    return 0.0 - float(np.mean(ones + zeros))


_LOSSES = {"mse": _mse, "bce": _bce}
