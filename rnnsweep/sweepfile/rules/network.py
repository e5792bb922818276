"""What a network can be: the rules of [model], for a sweep file as for `rnnsweep.Model`."""

from rnnsweep.recipes import RECIPES, Recipe

from .rule import KEYS, Rule, rule


def _is_square(word: str) -> str | None:
    """Refuse an identity for input or output weights, which are not square."""
    if word == "identity":
        return (
            'only recurrent weights are square; take "identity" for init_recurrent, '
            'and "normal" or "glorot" here'
        )
    return None


NETWORK_RULES: list[Rule] = [
    *(Rule((KEYS[name].dotted,), _is_square) for name in ("init_input", "init_output")),
]
# Further rules of a file: for settings that the network would not use.
UNUSED_RULES: list[Rule] = []


@rule(NETWORK_RULES)
def zero_weights_have_no_radius(
    spectral_radius: float, init_recurrent: str, init_std: float
) -> str | None:
    """Refuse to scale recurrent weights that are all 0."""
    if spectral_radius > 0 and init_recurrent == "normal" and init_std == 0:
        return (
            "recurrent weights that are all 0 cannot be scaled; take init_std above 0, "
            "or spectral_radius = 0"
        )
    return None


@rule(NETWORK_RULES)
def connections_come_from_hidden_units(init_connections: int, hidden_size: int) -> str | None:
    """Refuse more connections than there are units that they can come from."""
    if init_connections > hidden_size:
        return (
            f"a unit has {hidden_size} incoming recurrent weights; take init_connections of at "
            f"most {hidden_size}, or 0 for all"
        )
    return None


@rule(UNUSED_RULES)
def init_std_is_for_normal(
    init_std: float, init: str, init_input: str, init_recurrent: str, init_output: str
) -> str | None:
    """Refuse a standard deviation that nothing is drawn with."""
    drawn = Recipe(init_input, init_recurrent, init_output)
    if init_std != RECIPES[init].init_std and not drawn.has_normal:
        return (
            'no weights are "normal", so that init_std counts for nothing; leave it out, '
            'or take init = "normal"'
        )
    return None


@rule(UNUSED_RULES)
def dropout_is_between_layers(dropout: float, num_layers: int) -> str | None:
    """Refuse dropout in a network with nothing between layers."""
    if dropout > 0 and num_layers < 2:
        return "dropout is between layers; take num_layers of at least 2, or dropout = 0"
    return None
