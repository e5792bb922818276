"""The tables of a sweep file, without [task]: their keys, types, ranges and meanings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticUndefined, core_schema

from rnnsweep import vocabulary
from rnnsweep.cells import CELLS
from rnnsweep.recipes import RECIPES
from rnnsweep.tasks import TASKS
from rnnsweep.tasks.base import MAX_SEQ_LEN

from .activation_text import checked_activation

MAX_SEED = 2**63 - 1
MAX_EPOCHS = 10_000_000
MAX_HIDDEN = 16_384
MAX_UPDATES = 10**12
# Upper bounds of this size keep the numbers finite in float32.
LARGE = 1e30


@dataclass(frozen=True)
class OneOf:
    """Marks a field that takes one of a vocabulary's words."""

    words: Mapping[str, Any]

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.literal_schema(list(self.words))


@dataclass(frozen=True)
class WordOr:
    """Marks a field that takes one of a vocabulary's words, or a text of another form.

    Attributes
    ----------
    words : dict
    other : str
        The other form, in words.
    pattern : str
        A regular expression that texts of the other form match.
    read : callable
        Returns a text as it is kept, or raises `Refused`.
    """

    words: Mapping[str, Any]
    other: str
    pattern: str
    read: Callable[[str], str]

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        text = core_schema.str_schema(min_length=1)
        return core_schema.no_info_after_validator_function(self.read, text)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        words = {"enum": list(self.words)}
        return {"type": "string", "anyOf": [words, {"pattern": self.pattern}]}


Positive = Annotated[float, Field(gt=0, le=LARGE)]
NonNegative = Annotated[float, Field(ge=0, le=LARGE)]
Scale = Annotated[float, Field(ge=0, le=1e6)]
Share = Annotated[float, Field(ge=0, lt=1)]
Seed = Annotated[int, Field(ge=0, le=MAX_SEED)]
Updates = Annotated[int, Field(ge=0, le=MAX_UPDATES)]

# The tasks whose sequences are the windows of one stream.
_STREAMS = " and ".join(name for name, task in sorted(TASKS.items()) if task.streams)
_CELL = WordOr(
    CELLS,
    "the path of a file with its equations, or NAME of a [cells.NAME] in this file",
    r"\.toml$|^[A-Za-z_][A-Za-z0-9_-]*$",
    str,
)
_ACTIVATION = WordOr(
    vocabulary.ACTIVATIONS, "a formula in x, as in x * sigmoid(x)", "x", checked_activation
)
_Matrix = Annotated[str, OneOf(vocabulary.MATRICES)]


def _of_recipe(name: str) -> Callable[[dict[str, Any]], Any]:
    return lambda values: getattr(RECIPES[values["init"]], name)


def key(description: str, default: Any = PydanticUndefined, **more: Any) -> Any:
    """Declare a key: what it means, its default if it has one, and further arguments of `Field`."""
    return Field(default=default, description=description, **more)


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class ModelConfig(_Table):
    """What [model] says of a trial: its network."""

    cell: Annotated[str, _CELL] = key("the recurrent cell", "rnn")
    num_layers: int = key("recurrent layers, each fed with the states below it", 1, ge=1, le=64)
    hidden_size: int = key("hidden units of a layer", ge=1, le=MAX_HIDDEN)
    activation: Annotated[str, _ACTIVATION] = key(
        "activation of the hidden units, act of a cell's equations", "tanh"
    )
    output_activation: Annotated[str, OneOf(vocabulary.OUTPUT_ACTIVATIONS)] = key(
        "activation of the output; default: the task's"
    )
    output: Annotated[str, OneOf(vocabulary.OUTPUTS)] = key(
        "the time steps that have an output; default: the task's"
    )
    init: Annotated[str, OneOf(vocabulary.INITIALIZATIONS)] = key(
        "recipe for the initial weights, of all four keys below", "torch"
    )
    init_input: _Matrix = key(
        "distribution of the input weights; default: that of init",
        default_factory=_of_recipe("init_input"),
    )
    init_recurrent: _Matrix = key(
        "distribution of the recurrent weights; default: that of init",
        default_factory=_of_recipe("init_recurrent"),
    )
    init_output: _Matrix = key(
        "distribution of the output weights; default: that of init",
        default_factory=_of_recipe("init_output"),
    )
    init_std: Scale = key(
        'standard deviation of "normal" weights; default: that of init',
        default_factory=_of_recipe("init_std"),
    )
    spectral_radius: Scale = key(
        "what the spectral radius of each gate's recurrent weights is scaled to; "
        "0 leaves them as drawn",
        0.0,
    )
    init_connections: int = key(
        "incoming recurrent weights of a unit that are not 0; 0 keeps all", 0, ge=0, le=MAX_HIDDEN
    )
    forget_bias: float = key(
        "initial bias of the sum zf, the forget gate; for cells that have one",
        0.0,
        ge=-1e6,
        le=1e6,
    )
    recurrent: Annotated[str, OneOf(vocabulary.RECURRENT)] = key(
        "constraint on every matrix of recurrent weights", "free"
    )
    dale_excitatory: float = key(
        "share of the hidden units that excite, the first ones; dale only", 0.8, ge=0, le=1
    )
    antisymmetric_gamma: Scale = key(
        "what is subtracted from the diagonal of the recurrent weights; antisymmetric only", 0.01
    )
    rank: int = key(
        "rank of the recurrent weights, at most hidden_size; low_rank only, which needs it",
        0,
        ge=0,
        le=MAX_HIDDEN,
    )


class TrainConfig(_Table):
    """What [train] says of a trial: its loss, optimiser and length."""

    loss: Annotated[str, OneOf(vocabulary.LOSSES)] = key(
        "the loss that is minimised and recorded; default: the task's"
    )
    huber_delta: Positive = key("error at which huber turns linear; huber only", 1.0)
    optimizer: Annotated[str, OneOf(vocabulary.OPTIMIZERS)] = key(
        "the rule that turns a gradient into an update", "sgd"
    )
    learning_rate: Positive = key("factor on an update")
    momentum: Share = key("share of the last update that is kept; sgd only", 0.0)
    nesterov: bool = key("Nesterov's momentum as PyTorch has it; sgd with momentum only", False)
    weight_decay: NonNegative = key("decoupled weight decay; adamw only", 0.01)
    l1: NonNegative = key("l1 sign(w) is added to the clipped gradient", 0.0)
    l2: NonNegative = key(
        "l2 w is added to the clipped gradient, as PyTorch's weight_decay does where a "
        "layer has one bias; recorded losses are without it and l1",
        0.0,
    )
    batch_size: int = key("sequences of an update; the last may be fewer", 32, ge=1, le=10_000_000)
    epochs: int = key("passes over the training sequences", ge=1, le=MAX_EPOCHS)
    clip_norm: NonNegative = key(
        "largest global norm of a gradient, a longer one is scaled by "
        "clip_norm / (norm + 1e-6) as in PyTorch, whose norm counts two biases; 0 is off",
        0.0,
    )
    clip_value: NonNegative = key("largest size of each element of a gradient; 0 is off", 0.0)
    schedule: Annotated[str, OneOf(vocabulary.SCHEDULES)] = key(
        "how the learning rate changes with the epochs", "constant"
    )
    decay: float = key("factor on the learning rate; step and exponential only", 1.0, gt=0, le=1)
    decay_every: int = key("epochs between two decays; step only", 1, ge=1, le=MAX_EPOCHS)
    warmup_updates: Updates = key(
        "the first updates, of which number n takes n / warmup_updates of the rate", 0
    )
    gradient: Annotated[str, OneOf(vocabulary.GRADIENTS)] = key(
        "how the gradient is computed", "bptt"
    )
    truncation: int = key(
        "time steps of a window, fewer than a sequence has; truncated only, which needs it",
        0,
        ge=0,
        le=MAX_SEQ_LEN,
    )
    stateful: bool = key(
        "carry the hidden state from window to window of a stream, cut into a lane for "
        f"each row of a batch; {_STREAMS} only, batch_size below the training windows",
        False,
    )
    dropout: Share = key("share of the states between two layers that is dropped in training", 0.0)
    dtype: Annotated[str, OneOf(vocabulary.DTYPES)] = key("precision of all arithmetic", "float32")


class StopConfig(_Table):
    """What [stop] says of a trial: when it ends before its last epoch."""

    patience: int = key(
        "epochs without a lower validation loss, then the trial is stopped; 0 is off",
        0,
        ge=0,
        le=MAX_EPOCHS,
    )
    val_loss_below: NonNegative = key(
        "validation loss below which the trial is solved; 0 is off", 0.0
    )
    accuracy_above: Share = key(
        "validation accuracy above which the trial is solved; 0 is off", 0.0
    )
    max_updates: Updates = key("updates after which the trial is stopped; 0 is off", 0)


class MetricsConfig(_Table):
    """What [metrics] asks to be recorded after every epoch of every trial.

    Gradients, slopes and states are those of the first sequences of the validation part.
    """

    grad_norms: bool = key("gradient norm of each param", False)
    share_clipped: bool = key("share of the epoch's updates that were clipped", False)
    spectral_radius: bool = key("spectral radius of each layer's recurrent weights", False)
    singular_value: bool = key("largest singular value of each layer's recurrent weights", False)
    saturation: bool = key(
        "share of pre-activations whose slope is below a tenth of the largest one", False
    )
    dead_units: bool = key("share of each layer's units whose slope is 0 throughout", False)
    gradient_flow: bool = key(
        "norm of the loss's gradient by the hidden state, by the lag to the end, and "
        "the lag at which it falls to a tenth",
        False,
    )


class OutputConfig(_Table):
    """What [output] asks to be kept in addition to the records, and in which form."""

    save_params: Annotated[str, OneOf(vocabulary.SAVED_PARAMS)] = key(
        "of which trials the params at the best epoch are kept; default: best with a task "
        "whose forecast is made with them (csv, lorenz, mackey_glass, narma, sine), else none",
        default_factory=lambda: "none",  # `Choices.save_params` has the whole rule
    )
    epochs: Annotated[str, OneOf(vocabulary.EPOCHS_FILES)] = key(
        "the file that the table of epochs is written to", "csv"
    )


class RunConfig(_Table):
    """What [run] says of the run itself; it changes no result."""

    task_timeout: float = key(
        "seconds that a function of your own may take to make a part of the data; for tasks that "
        "are functions",
        60.0,
        gt=0,
        le=1e6,
    )
    trial_timeout: float = key(
        "seconds after which a trial is ended and recorded as failed; 0 is no limit",
        0.0,
        ge=0,
        le=1e7,
    )


class SeedConfig(_Table):
    """The keys that a file has above all tables; all but the first have the first as default."""

    seed: Seed = key("decides the data, the initial weights and the order of the sequences", 0)
    seed_data: Seed = key("decides the data in place of seed; default: that of seed")
    seed_init: Seed = key("decides the initial weights in place of seed; default: that of seed")
    seed_order: Seed = key(
        "decides the order of the sequences, dropout and noise in place of seed; "
        "default: that of seed"
    )
