"""Rules on how a network is trained, each between a few keys of [model] and [train]."""

from rnnsweep.sweepfile.keys.tables import TrainConfig

from .rule import Rule, rule

DECAYING = ("step", "exponential")
_WEIGHT_DECAY: float = TrainConfig.model_fields["weight_decay"].default


@rule("train.gradient", "model.cell")
def notebook_rule_has_one_cell(gradient: str, cell: str) -> str | None:
    """Keep the notebook's rule to the cell it is written for."""
    if gradient == "notebook" and cell != "rnn":
        return 'the notebook\'s rule is for the cell "rnn"; take that, or gradient = "bptt"'
    return None


@rule("train.gradient", "model.num_layers")
def notebook_rule_has_one_layer(gradient: str, num_layers: int) -> str | None:
    """Keep the notebook's rule to the one layer it is written for."""
    if gradient == "notebook" and num_layers > 1:
        return 'the notebook\'s rule is for one layer; take num_layers = 1, or gradient = "bptt"'
    return None


@rule("train.gradient", "model.output")
def notebook_rule_has_one_output(gradient: str, output: str) -> str | None:
    """Keep the notebook's rule to an output at the last time step, where it starts from."""
    if gradient == "notebook" and output != "last":
        return (
            "the notebook's rule goes back from the last time step alone; "
            'take output = "last", or gradient = "bptt"'
        )
    return None


@rule("train.truncation", "train.gradient")
def truncation_is_for_truncated(truncation: int, gradient: str) -> str | None:
    """Ask the truncated gradient for its window, and no other."""
    if gradient == "truncated" and truncation < 1:
        return "truncated backpropagation needs its window; take truncation of at least 1"
    if gradient != "truncated" and truncation > 0:
        return (
            'truncation is the window of "truncated"; take truncation = 0, '
            'or gradient = "truncated"'
        )
    return None


@rule("train.momentum", "train.optimizer")
def momentum_is_for_sgd(momentum: float, optimizer: str) -> str | None:
    """Keep momentum to sgd; the other optimisers have moments of their own."""
    if momentum > 0 and optimizer != "sgd":
        return 'momentum is a part of "sgd"; take momentum = 0, or optimizer = "sgd"'
    return None


@rule("train.nesterov", "train.momentum", "train.optimizer")
def nesterov_is_for_momentum_of_sgd(nesterov: bool, momentum: float, optimizer: str) -> str | None:
    """Keep Nesterov's form to updates with momentum, which are those of sgd."""
    if nesterov and optimizer != "sgd":
        return (
            'nesterov is a part of "sgd"; take nesterov = false, or optimizer = "sgd" with '
            "momentum above 0"
        )
    if nesterov and momentum == 0:
        return "nesterov is a form of momentum; take momentum above 0, or nesterov = false"
    return None


@rule("train.weight_decay", "train.optimizer")
def weight_decay_is_for_adamw(weight_decay: float, optimizer: str) -> str | None:
    """Keep decoupled weight decay to the optimiser that has it."""
    if weight_decay != _WEIGHT_DECAY and optimizer != "adamw":
        return (
            'weight_decay is a part of "adamw"; take l2, which adds to the gradient, '
            'or optimizer = "adamw"'
        )
    return None


@rule("train.huber_delta", "train.loss")
def huber_delta_is_for_huber(huber_delta: float, loss: str) -> str | None:
    """Keep the bend of huber to huber."""
    if huber_delta != 1.0 and loss != "huber":
        return 'huber_delta is a part of "huber"; leave it out, or take loss = "huber"'
    return None


@rule("train.clip_norm", "train.clip_value")
def one_way_of_clipping(clip_norm: float, clip_value: float) -> str | None:
    """Clip by the norm or by the value."""
    if clip_norm > 0 and clip_value > 0:
        return "a gradient is clipped in one way; take clip_norm = 0, or clip_value = 0"
    return None


@rule("train.schedule", "train.decay")
def decay_is_for_decaying_schedules(schedule: str, decay: float) -> str | None:
    """Ask the schedules that decay for their factor, and no other."""
    if schedule in DECAYING and decay == 1:
        return "this schedule needs its factor; take decay below 1"
    if schedule not in DECAYING and decay < 1:
        return (
            'decay is the factor of "step" and "exponential"; leave it out, '
            "or take one of these schedules"
        )
    return None


@rule("train.decay_every", "train.schedule")
def decay_every_is_for_step(decay_every: int, schedule: str) -> str | None:
    """Keep the epochs between decays to the schedule that waits."""
    if decay_every > 1 and schedule != "step":
        return 'decay_every is a part of "step"; take decay_every = 1, or schedule = "step"'
    return None


TRAINING_RULES: tuple[Rule, ...] = (
    notebook_rule_has_one_cell,
    notebook_rule_has_one_layer,
    notebook_rule_has_one_output,
    truncation_is_for_truncated,
    momentum_is_for_sgd,
    nesterov_is_for_momentum_of_sgd,
    weight_decay_is_for_adamw,
    huber_delta_is_for_huber,
    one_way_of_clipping,
    decay_is_for_decaying_schedules,
    decay_every_is_for_step,
)
