"""The tables [model] and [train] of a sweep file: their keys, types, ranges and meanings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import core_schema

from rnnsweep import vocabulary
from rnnsweep.tasks import Task

MAX_SEED = 2**63 - 1
MAX_EPOCHS = 10_000_000

# A task's own values for these keys are their defaults.
IMPLIED = {
    "model.output_activation": "output_activation",
    "model.output": "output",
    "train.loss": "loss",
}


@dataclass(frozen=True)
class OneOf:
    """Marks a field that takes one of a vocabulary's words."""

    words: Mapping[str, Any]

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.literal_schema(list(self.words))


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class ModelConfig(_Table):
    """What [model] says of a trial: its network."""

    cell: Annotated[str, OneOf(vocabulary.CELLS)] = Field(
        default="rnn", description="the recurrent cell"
    )
    hidden_size: int = Field(ge=1, le=16_384, description="hidden units")
    activation: Annotated[str, OneOf(vocabulary.ACTIVATIONS)] = Field(
        default="tanh", description="activation of the hidden units"
    )
    output_activation: Annotated[str, OneOf(vocabulary.OUTPUT_ACTIVATIONS)] = Field(
        description="activation of the output; default: the task's"
    )
    output: Annotated[str, OneOf(vocabulary.OUTPUTS)] = Field(
        description="the time steps that have an output; default: the task's"
    )
    init: Annotated[str, OneOf(vocabulary.INITIALIZATIONS)] = Field(
        default="torch", description="distribution of the initial weights"
    )


class TrainConfig(_Table):
    """What [train] says of a trial: its loss, optimiser and length."""

    loss: Annotated[str, OneOf(vocabulary.LOSSES)] = Field(
        description="the loss that is minimised and recorded; default: the task's"
    )
    optimizer: Annotated[str, OneOf(vocabulary.OPTIMIZERS)] = Field(
        default="sgd", description="the rule that turns a gradient into an update"
    )
    # The upper bounds of this and of clip_norm keep the numbers finite in float32.
    learning_rate: float = Field(gt=0, le=1e30, description="factor on an update")
    momentum: float = Field(
        default=0.0, ge=0, lt=1, description="share of the last update that is kept; sgd only"
    )
    batch_size: int = Field(
        default=32, ge=1, le=10_000_000, description="sequences of an update; the last may be fewer"
    )
    epochs: int = Field(ge=1, le=MAX_EPOCHS, description="passes over the training sequences")
    clip_norm: float = Field(
        default=0.0,
        ge=0,
        le=1e30,
        description="largest global norm of a gradient, a longer one is scaled by "
        "clip_norm / (norm + 1e-6) as in PyTorch; 0 is off",
    )
    gradient: Annotated[str, OneOf(vocabulary.GRADIENTS)] = Field(
        default="bptt", description="how the gradient is computed"
    )
    dtype: Annotated[str, OneOf(vocabulary.DTYPES)] = Field(
        default="float32", description="precision of all arithmetic"
    )


class SeedConfig(_Table):
    """The key that stands above all tables."""

    seed: int = Field(
        default=0,
        ge=0,
        le=MAX_SEED,
        description="decides the data, the initial weights and the order of the sequences",
    )


def implied(task: type[Task], key: str) -> str:
    """Return the value that a task implies for one of the keys `IMPLIED`."""
    value: str = getattr(task, IMPLIED[key])
    return value
