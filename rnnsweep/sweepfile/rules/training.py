"""How a network can be trained: rules between a few keys of [model] and [train]."""

from typing import Any

from rnnsweep.cells import Cell
from rnnsweep.sweepfile.wording import shown
from rnnsweep.vocabulary import ACTIVATIONS

from .rule import KEYS, PartOf, Rule, rule

DECAYING = ("step", "exponential")
# The only network that the gradient "notebook" is written for.
_NOTEBOOK = {"num_layers": 1, "output": "last", "recurrent": "free"}
# The output activation that a loss is defined on, and what to say of another one.
_OUTPUTS = {
    "bce": ("sigmoid", 'needs probabilities; take output_activation = "sigmoid", or loss = "mse"'),
    "cross_entropy": (
        "identity",
        'takes the outputs as logits; take output_activation = "identity"',
    ),
}


def _notebook_rule(name: str, value: object) -> Rule:
    def check(gradient: str, setting: Any) -> str | None:
        if gradient == "notebook" and setting != value:
            return (
                f"the notebook's rule is written for {name} = {shown(value)} alone; take that, "
                'or gradient = "bptt"'
            )
        return None

    return Rule((KEYS["gradient"].dotted, KEYS[name].dotted), check)


@Rule.of
def notebook_is_for_elman(gradient: str, cell: Cell) -> str | None:
    """Refuse the notebook's rule for any other cell than Elman's."""
    if gradient == "notebook" and not cell.is_elman:
        return (
            'the notebook\'s rule is written for h = act(z) alone, as in cell = "rnn"; take that, '
            'or gradient = "bptt"'
        )
    return None


@Rule.of
def notebook_is_for_named_activations(gradient: str, activation: str) -> str | None:
    """Refuse the notebook's rule for an activation by formula."""
    if gradient == "notebook" and activation not in ACTIVATIONS:
        return (
            'the notebook\'s rule is written for the named activations, as activation = "tanh"; '
            'take one of these, or gradient = "bptt"'
        )
    return None


# How a gradient is computed: for a sweep file as for `rnnsweep.Model`.
GRADIENT_RULES: list[Rule] = [
    notebook_is_for_elman,
    notebook_is_for_named_activations,
    *(_notebook_rule(name, value) for name, value in _NOTEBOOK.items()),
    PartOf("truncation", "gradient", ("truncated",), needed="take truncation of at least 1").rule,
]
TRAINING_RULES: list[Rule] = [
    PartOf("momentum", "optimizer", ("sgd",)).rule,
    PartOf(
        "weight_decay", "optimizer", ("adamw",), instead="take l2, which adds to the gradient"
    ).rule,
    PartOf("huber_delta", "loss", ("huber",)).rule,
    PartOf("decay", "schedule", DECAYING, needed="take decay below 1").rule,
    PartOf("decay_every", "schedule", ("step",)).rule,
]


# A rule of the file in `task.py`, where a loss must also fit the targets.
@Rule.of
def outputs_are_for_the_loss(loss: str, output_activation: str) -> str | None:
    """Refuse outputs that a loss is not defined on."""
    needed, advice = _OUTPUTS.get(loss, (output_activation, ""))
    return None if output_activation == needed else f'the loss "{loss}" {advice}'


@rule(TRAINING_RULES)
def nesterov_is_for_momentum_of_sgd(nesterov: bool, momentum: float, optimizer: str) -> str | None:
    """Refuse Nesterov's form without momentum, which sgd alone has."""
    if nesterov and optimizer != "sgd":
        return (
            'nesterov is a part of "sgd"; take nesterov = false, or optimizer = "sgd" with '
            "momentum above 0"
        )
    if nesterov and momentum == 0:
        return "nesterov is a form of momentum; take momentum above 0, or nesterov = false"
    return None


@rule(TRAINING_RULES)
def one_way_of_clipping(clip_norm: float, clip_value: float) -> str | None:
    """Refuse to clip by the norm and by the value at once."""
    if clip_norm > 0 and clip_value > 0:
        return "a gradient is clipped in one way; take clip_norm = 0, or clip_value = 0"
    return None
