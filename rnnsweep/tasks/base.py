"""What a sequence problem is: its keys, and what the rest of the program asks of it."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationInfo, model_validator

from . import predictors
from .parts import Data, Part, Shape
from .reading.numbers import Numbers

MAX_SEQ_LEN = 100_000
MAX_SEQUENCES = 10_000_000


Blocks = tuple[Iterator[Part], Iterator[Part], Iterator[Part]]
"""The training, validation and test part."""


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
    # Ask an instance for these: those of `npz` hang on the file.
    loss: ClassVar[str] = "mse"
    output: ClassVar[str] = "last"
    output_activation: ClassVar[str] = "identity"
    outputs: ClassVar[tuple[str, ...]] = ("last",)
    """The values of `model.output` that the task can have targets for."""
    seeded: ClassVar[bool] = True
    """False where the seed changes no data."""
    has_baseline: ClassVar[bool] = True
    """False where a trivial predictor's loss means nothing."""
    streams: ClassVar[bool] = False
    """True where the sequences of a part are consecutive windows of one stream, in order and of
    one length, so that a hidden state may be carried from one to the next."""
    scores: ClassVar[tuple[str, ...]] = ()
    """What `score` measures; "accuracy", where it is there, is the first."""

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

    def blocks(self, seed: int, output: str = "last") -> Blocks:
        """Make the parts that `data` makes, each in blocks of sequences, in their order.

        Who takes over block by block never holds two copies of a large part.
        """
        train, val, test = self.data(seed, output)
        return iter((train,)), iter((val,)), iter((test,))

    @property
    def n_classes(self) -> int:
        """The number of classes where the targets are such, else 0."""
        return 0

    @property
    def way_to_classes(self) -> str:
        """How targets that are numbers could be saved as classes; empty where they could not."""
        return ""

    @property
    def has_symbols(self) -> bool:
        """Whether the inputs are symbols, whole numbers (N, T)."""
        return False

    @property
    def has_lengths(self) -> bool:
        """Whether the sequences differ in length."""
        return False

    @property
    def available_outputs(self) -> tuple[str, ...]:
        """The values of `model.output` that there are targets for: the user's file may decide."""
        return self.outputs

    def optimum(self, output: str = "last") -> float | None:
        """Return the least loss that any network can expect, None where it is not known.

        Like `expected_baseline` in the task's own loss; over what the validation part may be.
        """
        return None

    def expected_baseline(self, output: str = "last") -> float | None:
        """Return what the best trivial predictor's loss is expected to be, None if unknown."""
        return None

    def predictor_losses(
        self, data: Data, loss: str, huber_delta: float = 1.0
    ) -> list[predictors.PredictorLosses]:
        """Return the losses of the trivial predictors, the best predictor first.

        The predictors are those of `rnnsweep.tasks.predictors`, unless the task has others or
        none.
        """
        return predictors.predictor_losses(data, loss, huber_delta) if self.has_baseline else []

    def baselines(self, data: Data, loss: str, huber_delta: float = 1.0) -> dict[str, float]:
        """Return the trivial predictors' losses on the validation part, the best first."""
        return {found.name: found.val for found in self.predictor_losses(data, loss, huber_delta)}

    def score(self, outputs: NDArray[np.floating[Any]], part: Part) -> dict[str, float]:
        """Return the measures named in `scores`.

        Parameters
        ----------
        outputs : (N, O) or (N, T, O) array
            What the network gives for the part, as `Model.forward` returns it.
        part : Part
        """
        return {}

    def numbers(self, output: str = "last") -> Iterator[Numbers]:
        """Yield the numbers of the user's file that reach a network; generated ones are of size 1.

        A key that makes larger or smaller ones has bounds of its own.
        """
        yield from ()

    def encoding(self) -> dict[str, Any]:
        """Return what new data have to go through to reach a network trained on this task.

        Kept with saved params as JSON; empty where arrays come as they are.
        """
        return {}

    def notes(self, loss: str, output: str) -> Iterator[str]:
        """Yield what a user should know of the data before they are trained on; no fault.

        Parameters
        ----------
        loss, output : str
            What the network is trained with.
        """
        yield from ()

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
