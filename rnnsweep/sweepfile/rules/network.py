"""What a network can be: the rules of [model], for a sweep file as for `rnnsweep.Model`."""

from rnnsweep.recipes import RECIPES, Recipe
from rnnsweep.sweepfile.wording import short, shown

from .rule import KEYS, PartOf, Rule, rule


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
    PartOf("dale_excitatory", "recurrent", ("dale",)).rule,
    PartOf("antisymmetric_gamma", "recurrent", ("antisymmetric",)).rule,
    PartOf("rank", "recurrent", ("low_rank",), needed="take rank of at least 1").rule,
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


@rule(NETWORK_RULES)
def rank_is_within_the_size(rank: int, hidden_size: int) -> str | None:
    """Refuse a rank that no matrix of the size has."""
    if rank > hidden_size:
        return (
            f"a matrix of {hidden_size} rows has a rank of at most {hidden_size}; take rank of at "
            f"most {hidden_size}"
        )
    return None


@rule(NETWORK_RULES)
def constraint_keeps_the_start(recurrent: str, init_recurrent: str) -> str | None:
    """Refuse recurrent weights that start as a matrix which a constraint does not allow."""
    if recurrent in ("dale", "antisymmetric", "low_rank") and init_recurrent in (
        "orthogonal",
        "identity",
    ):
        return (
            f"a matrix that is {shown(recurrent)} cannot start as {shown(init_recurrent)}; "
            'take init_recurrent = "glorot"'
        )
    return None


@rule(NETWORK_RULES)
def constrained_weights_do_not_start_at_0(
    recurrent: str, init_recurrent: str, init_std: float
) -> str | None:
    """Refuse weights of 0 where the gradient by what is learned is then 0, too."""
    if recurrent in ("dale", "low_rank") and init_recurrent == "normal" and init_std == 0:
        return (
            f"weights that are {shown(recurrent)} and start at 0 have a gradient of 0, so that "
            "they stay 0; take init_std above 0"
        )
    return None


@rule(NETWORK_RULES)
def constraint_keeps_the_radius(
    spectral_radius: float, recurrent: str, antisymmetric_gamma: float, hidden_size: int
) -> str | None:
    """Refuse a spectral radius that a constraint does not allow."""
    if spectral_radius == 0:
        return None
    if recurrent == "orthogonal":
        return "orthogonal weights have a spectral radius of 1; leave spectral_radius out"
    if recurrent == "antisymmetric" and hidden_size == 1:
        return (
            "an antisymmetric matrix of one unit is 0, which cannot be scaled; leave "
            "spectral_radius out, or take a larger hidden_size"
        )
    if recurrent == "antisymmetric" and spectral_radius <= antisymmetric_gamma:
        return (
            "each eigenvalue has the real part -antisymmetric_gamma, so that the spectral radius "
            f"is above {short(antisymmetric_gamma)}; take a larger spectral_radius, or leave it out"
        )
    return None


@rule(NETWORK_RULES)
def constraint_keeps_the_connections(init_connections: int, recurrent: str) -> str | None:
    """Refuse sparse recurrent weights where a constraint makes each weight depend on others."""
    if init_connections > 0 and recurrent not in ("free", "dale"):
        return (
            f"weights that are {shown(recurrent)} cannot be set to 0 one by one; take "
            'init_connections = 0, or recurrent = "free" or "dale"'
        )
    return None


@rule(NETWORK_RULES)
def orthogonal_weights_have_their_own_start(
    init_recurrent: str, recurrent: str, init: str
) -> str | None:
    """Refuse a start of the recurrent weights that is not used."""
    if recurrent == "orthogonal" and init_recurrent != RECIPES[init].init_recurrent:
        return (
            "orthogonal weights start as rotations by random angles, so that init_recurrent counts "
            "for nothing; leave it out"
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
