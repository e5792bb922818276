"""Rules on the network and its initial weights."""

from rnnsweep.recipes import RECIPES, Recipe

from .rule import Rule, rule


@rule("model.forget_bias", "model.cell")
def forget_bias_is_for_lstm(forget_bias: float, cell: str) -> str | None:
    """Keep the bias of the forget gate to the cell that has one."""
    if forget_bias != 0 and cell != "lstm":
        return 'only "lstm" has a forget gate; take forget_bias = 0, or cell = "lstm"'
    return None


@rule("model.init_input")
def identity_is_no_input(init_input: str) -> str | None:
    """Keep the identity to square matrices."""
    return _not_square(init_input)


@rule("model.init_output")
def identity_is_no_output(init_output: str) -> str | None:
    """Keep the identity to square matrices."""
    return _not_square(init_output)


def _not_square(word: str) -> str | None:
    if word == "identity":
        return (
            'only recurrent weights are square; take "identity" for init_recurrent, '
            'and "normal" or "glorot" here'
        )
    return None


@rule(
    "model.init_std",
    "model.init",
    "model.init_input",
    "model.init_recurrent",
    "model.init_output",
)
def init_std_is_for_normal(
    std: float, init: str, init_input: str, init_recurrent: str, init_output: str
) -> str | None:
    """Refuse a standard deviation that nothing is drawn with."""
    drawn = Recipe(init_input, init_recurrent, init_output)
    if std != RECIPES[init].init_std and not drawn.has_normal:
        return (
            'no weights are "normal", so that init_std counts for nothing; leave it out, '
            'or take init = "normal"'
        )
    return None


@rule("model.spectral_radius", "model.init_recurrent", "model.init_std")
def zero_weights_have_no_radius(radius: float, init_recurrent: str, std: float) -> str | None:
    """Refuse to scale recurrent weights that are all 0."""
    if radius > 0 and init_recurrent == "normal" and std == 0:
        return (
            "recurrent weights that are all 0 cannot be scaled; take init_std above 0, "
            "or spectral_radius = 0"
        )
    return None


@rule("model.init_connections", "model.hidden_size")
def connections_come_from_hidden_units(connections: int, hidden_size: int) -> str | None:
    """Refuse more connections than there are units to come from."""
    if connections > hidden_size:
        return (
            f"a unit has {hidden_size} incoming recurrent weights; take init_connections of at "
            f"most {hidden_size}, or 0 for all"
        )
    return None


@rule("train.dropout", "model.num_layers")
def dropout_is_between_layers(dropout: float, num_layers: int) -> str | None:
    """Keep dropout to networks with something between layers."""
    if dropout > 0 and num_layers < 2:
        return "dropout is between layers; take num_layers of at least 2, or dropout = 0"
    return None


NETWORK_RULES: tuple[Rule, ...] = (
    forget_bias_is_for_lstm,
    identity_is_no_input,
    identity_is_no_output,
    init_std_is_for_normal,
    zero_weights_have_no_radius,
    connections_come_from_hidden_units,
    dropout_is_between_layers,
)
