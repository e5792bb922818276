"""From what the search forms say to dimensions: axes are expanded, draws are drawn."""

import math
from collections.abc import Iterable, Sequence

from rnnsweep.sweepfile.faults import listed

from .axes import MAX_TRIALS, Axis
from .dimensions import Condition, Dimension, in_order, repeated_points, without
from .draws import draw
from .ranges import expand
from .reading import ReadBlock

# Combinations before [[exclude]] leaves some out.
MAX_PRODUCT = 100_000_000


def count_faults(blocks: Sequence[ReadBlock]) -> list[str]:
    """Return what is wrong with the number of trials, told before any value is made.

    What [[when]] adds and [[exclude]] takes away is counted later.
    """
    factors: dict[str, int] = {}
    heads = []
    for block in blocks:
        if block.form == "random":
            factors["draws"] = block.n_draws
        elif block.form == "zip" and block.axes:
            keys = " with ".join(axis.key.dotted for axis in block.axes)
            factors[keys] = block.axes[0].n_values
        elif block.form == "grid":
            factors |= {axis.key.dotted: axis.n_values for axis in block.axes}
        else:
            continue
        heads.append(block.head)
    faults = [
        f"{axis.place}: {count} values; allowed: at most {MAX_TRIALS}"
        for block in blocks
        if block.form == "when"
        for axis in block.axes
        if (count := axis.n_values) > MAX_TRIALS
    ]
    excluding = any(block.form == "exclude" for block in blocks)
    total, most = math.prod(factors.values()), MAX_PRODUCT if excluding else MAX_TRIALS
    if total > most or max(factors.values(), default=0) > MAX_TRIALS:
        product = " x ".join(f"{count} {name}" for name, count in factors.items())
        before = " before any is left out" if excluding else ""
        allowed = f"allowed: at most {most}"
        if total <= most:
            allowed = f"allowed: at most {MAX_TRIALS} values of an axis"
        heads = list(dict.fromkeys(heads))
        faults.append(f"{listed(heads)}: {total} trials ({product}){before}; {allowed}")
    return faults


def dimensions(blocks: Iterable[ReadBlock], faults: list[str]) -> list[Dimension]:
    """Return the dimensions in the order of trials; what is wrong with values is told."""
    made: list[Dimension] = []
    for block in blocks:
        if block.form == "random":
            made.append(_drawn(block))
        else:
            made += _expanded(block, faults)
    return in_order(made)


def exclusions(blocks: Iterable[ReadBlock]) -> list[Condition]:
    """Return the combinations that are to be left out."""
    return [Condition(block.head, block.wanted) for block in blocks if block.form == "exclude"]


def _drawn(block: ReadBlock) -> Dimension:
    axes = tuple(
        Axis(key, draw(key, draws, block.draws_seed, block.n_draws))
        for key, draws in block.draws.items()
    )
    drawn = Dimension("random", axes, asked=block.n_draws)
    # Among choices a draw may come twice; it is one trial.
    return without(drawn, (again for _, again in repeated_points(drawn)))


def _expanded(block: ReadBlock, faults: list[str]) -> list[Dimension]:
    found = (expand(axis.key, axis.found, axis.place, faults) for axis in block.axes)
    axes = tuple(axis for axis in found if axis is not None)
    if block.form != "zip":
        condition = Condition(block.head, block.wanted) if block.form == "when" else None
        return [Dimension(block.form, (axis,), condition) for axis in axes]
    if len(axes) < len(block.axes):
        return []
    dimension = Dimension("zip", axes)
    for first, again in repeated_points(dimension)[:3]:
        faults.append(
            f"{block.head}: values {first + 1} and {again + 1} of its lists are alike; "
            "every combination stands once"
        )
    return [dimension]
