"""The tables of a sweep file, without [task]: their keys, types, ranges and meanings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import core_schema

from rnnsweep import vocabulary
from rnnsweep.recipes import RECIPES
from rnnsweep.tasks import TASKS
from rnnsweep.tasks.base import MAX_SEQ_LEN

MAX_SEED = 2**63 - 1
MAX_EPOCHS = 10_000_000
MAX_HIDDEN = 16_384
MAX_UPDATES = 10**12
# Upper bounds of this size keep the numbers finite in float32.
_LARGE = 1e30


@dataclass(frozen=True)
class OneOf:
    """Marks a field that takes one of a vocabulary's words."""

    words: Mapping[str, Any]

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.literal_schema(list(self.words))


Positive = Annotated[float, Field(gt=0, le=_LARGE)]
NonNegative = Annotated[float, Field(ge=0, le=_LARGE)]
Scale = Annotated[float, Field(ge=0, le=1e6)]
Share = Annotated[float, Field(ge=0, lt=1)]
Updates = Annotated[int, Field(ge=0, le=MAX_UPDATES)]

# The tasks whose sequences are the windows of one stream.
_STREAMS = " and ".join(name for name, task in sorted(TASKS.items()) if task.streams)
_Matrix = Annotated[str, OneOf(vocabulary.MATRICES)]


def _of_recipe(name: str) -> Callable[[dict[str, Any]], Any]:
    return lambda values: getattr(RECIPES[values["init"]], name)


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class ModelConfig(_Table):
    """What [model] says of a trial: its network."""

    cell: Annotated[str, OneOf(vocabulary.CELLS)] = Field(
        default="rnn", description="the recurrent cell"
    )
    num_layers: int = Field(
        default=1, ge=1, le=64, description="recurrent layers, each fed with the states below it"
    )
    hidden_size: int = Field(ge=1, le=MAX_HIDDEN, description="hidden units of a layer")
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
        default="torch", description="recipe for the initial weights, of all four keys below"
    )
    init_input: _Matrix = Field(
        default_factory=_of_recipe("init_input"),
        description="distribution of the input weights; default: that of init",
    )
    init_recurrent: _Matrix = Field(
        default_factory=_of_recipe("init_recurrent"),
        description="distribution of the recurrent weights; default: that of init",
    )
    init_output: _Matrix = Field(
        default_factory=_of_recipe("init_output"),
        description="distribution of the output weights; default: that of init",
    )
    init_std: Scale = Field(
        default_factory=_of_recipe("init_std"),
        description='standard deviation of "normal" weights; default: that of init',
    )
    spectral_radius: Scale = Field(
        default=0.0,
        description="what the spectral radius of each gate's recurrent weights is scaled to; "
        "0 leaves them as drawn",
    )
    init_connections: int = Field(
        default=0,
        ge=0,
        le=MAX_HIDDEN,
        description="incoming recurrent weights of a unit that are not 0; 0 keeps all",
    )
    forget_bias: float = Field(
        default=0.0,
        ge=-1e6,
        le=1e6,
        description="added to the initial bias of the forget gate; lstm only",
    )


class TrainConfig(_Table):
    """What [train] says of a trial: its loss, optimiser and length."""

    loss: Annotated[str, OneOf(vocabulary.LOSSES)] = Field(
        description="the loss that is minimised and recorded; default: the task's"
    )
    huber_delta: Positive = Field(
        default=1.0, description="error at which huber turns linear; huber only"
    )
    optimizer: Annotated[str, OneOf(vocabulary.OPTIMIZERS)] = Field(
        default="sgd", description="the rule that turns a gradient into an update"
    )
    learning_rate: Positive = Field(description="factor on an update")
    momentum: Share = Field(
        default=0.0, description="share of the last update that is kept; sgd only"
    )
    nesterov: bool = Field(
        default=False, description="Nesterov's momentum as PyTorch has it; sgd with momentum only"
    )
    weight_decay: NonNegative = Field(
        default=0.01, description="decoupled weight decay; adamw only"
    )
    l1: NonNegative = Field(default=0.0, description="l1 sign(w) is added to the clipped gradient")
    l2: NonNegative = Field(
        default=0.0,
        description="l2 w is added to the clipped gradient, as PyTorch's weight_decay does where a "
        "layer has one bias; recorded losses are without it and l1",
    )
    batch_size: int = Field(
        default=32, ge=1, le=10_000_000, description="sequences of an update; the last may be fewer"
    )
    epochs: int = Field(ge=1, le=MAX_EPOCHS, description="passes over the training sequences")
    clip_norm: NonNegative = Field(
        default=0.0,
        description="largest global norm of a gradient, a longer one is scaled by "
        "clip_norm / (norm + 1e-6) as in PyTorch, whose norm counts two biases; 0 is off",
    )
    clip_value: NonNegative = Field(
        default=0.0, description="largest size of each element of a gradient; 0 is off"
    )
    schedule: Annotated[str, OneOf(vocabulary.SCHEDULES)] = Field(
        default="constant", description="how the learning rate changes with the epochs"
    )
    decay: float = Field(
        default=1.0,
        gt=0,
        le=1,
        description="factor on the learning rate; step and exponential only",
    )
    decay_every: int = Field(
        default=1, ge=1, le=MAX_EPOCHS, description="epochs between two decays; step only"
    )
    warmup_updates: Updates = Field(
        default=0,
        description="the first updates, of which number n takes n / warmup_updates of the rate",
    )
    gradient: Annotated[str, OneOf(vocabulary.GRADIENTS)] = Field(
        default="bptt", description="how the gradient is computed"
    )
    truncation: int = Field(
        default=0,
        ge=0,
        le=MAX_SEQ_LEN,
        description="time steps of a window, fewer than a sequence has; truncated only, which "
        "needs it",
    )
    stateful: bool = Field(
        default=False,
        description="carry the hidden state from window to window of a stream, cut into a lane for "
        f"each row of a batch; {_STREAMS} only, batch_size below the training windows",
    )
    dropout: Share = Field(
        default=0.0,
        description="share of the states between two layers that is dropped in training",
    )
    dtype: Annotated[str, OneOf(vocabulary.DTYPES)] = Field(
        default="float32", description="precision of all arithmetic"
    )


class StopConfig(_Table):
    """What [stop] says of a trial: when it ends before its last epoch."""

    patience: int = Field(
        default=0,
        ge=0,
        le=MAX_EPOCHS,
        description="epochs without a lower validation loss, then the trial is stopped; 0 is off",
    )
    val_loss_below: NonNegative = Field(
        default=0.0, description="validation loss below which the trial is solved; 0 is off"
    )
    accuracy_above: Share = Field(
        default=0.0, description="validation accuracy above which the trial is solved; 0 is off"
    )
    max_updates: Updates = Field(
        default=0, description="updates after which the trial is stopped; 0 is off"
    )


class MetricsConfig(_Table):
    """What [metrics] asks to be recorded after every epoch of every trial.

    Gradients, slopes and states are those of the first sequences of the validation part.
    """

    grad_norms: bool = Field(default=False, description="gradient norm of each param")
    share_clipped: bool = Field(
        default=False, description="share of the epoch's updates that were clipped"
    )
    spectral_radius: bool = Field(
        default=False, description="spectral radius of each layer's recurrent weights"
    )
    singular_value: bool = Field(
        default=False, description="largest singular value of each layer's recurrent weights"
    )
    saturation: bool = Field(
        default=False,
        description="share of pre-activations whose slope is below a tenth of the largest one",
    )
    dead_units: bool = Field(
        default=False, description="share of each layer's units whose slope is 0 throughout"
    )
    gradient_flow: bool = Field(
        default=False,
        description="norm of the loss's gradient by the hidden state, by the lag to the end, and "
        "the lag at which it falls to a tenth",
    )


class OutputConfig(_Table):
    """What [output] asks to be kept of the trials beside their records, and in which form."""

    save_params: Annotated[str, OneOf(vocabulary.SAVED_PARAMS)] = Field(
        default="none", description="of which trials the params at the best epoch are kept"
    )
    epochs: Annotated[str, OneOf(vocabulary.EPOCHS_FILES)] = Field(
        default="csv", description="the file that the table of epochs is written to"
    )


class SeedConfig(_Table):
    """The key that stands above all tables."""

    seed: int = Field(
        default=0,
        ge=0,
        le=MAX_SEED,
        description="decides the data, the initial weights and the order of the sequences",
    )
