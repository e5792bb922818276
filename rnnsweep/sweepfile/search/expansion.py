"""From what the search forms say to dimensions: axes are expanded, draws are drawn."""

import math
from collections.abc import Iterable, Sequence

from rnnsweep.sweepfile.faults import Faults
from rnnsweep.sweepfile.wording import listed

from .dimensions import MAX_TRIALS, Axis, Condition, Dimension, in_order, repeated_points
from .draws import draw
from .ranges import expand
from .reading import ReadBlock

# Combinations before [[exclude]] leaves some out.
MAX_PRODUCT = 100_000_000


def check_counts(blocks: Sequence[ReadBlock], faults: Faults) -> None:
    """Check the number of trials before any value is made.

    What [[when]] adds and [[exclude]] takes away is counted later.
    """
    factors: dict[str, int] = {}
    heads: dict[str, None] = {}
    for block in blocks:
        if block.form == "random":
            factors["draws"] = block.n_draws
        elif block.form == "zip" and block.axes:
            keys = " with ".join(axis.key.dotted for axis in block.axes)
            factors[keys] = block.axes[0].n_values
        elif block.form == "grid":
            factors |= {axis.key.dotted: axis.n_values for axis in block.axes}
        else:
            too_long = [axis for axis in block.axes if axis.n_values > MAX_TRIALS]
            for axis in too_long:
                faults.at(axis.place).add(f"{axis.n_values} values; allowed: at most {MAX_TRIALS}")
            continue
        heads[block.head] = None
    excluding = any(block.form == "exclude" for block in blocks)
    total, most = math.prod(factors.values()), MAX_PRODUCT if excluding else MAX_TRIALS
    if total <= most and max(factors.values(), default=0) <= MAX_TRIALS:
        return
    product = " x ".join(f"{count} {name}" for name, count in factors.items())
    before = " before any is left out" if excluding else ""
    allowed = f"at most {most}" if total > most else f"at most {MAX_TRIALS} values of an axis"
    faults.at(listed(heads)).add(f"{total} trials ({product}){before}; allowed: {allowed}")


def dimensions(blocks: Iterable[ReadBlock], faults: Faults) -> list[Dimension]:
    """Return the dimensions in the order of trials, without those whose values are wrong."""
    unordered: list[Dimension] = []
    for block in blocks:
        if block.form == "random":
            unordered.append(_drawn(block))
        elif block.form != "exclude":
            unordered += _expanded(block, faults)
    return in_order(unordered)


def exclusions(blocks: Iterable[ReadBlock]) -> list[Condition]:
    """Return the combinations that are to be left out."""
    return [_condition(block) for block in blocks if block.form == "exclude"]


def _condition(block: ReadBlock) -> Condition:
    return Condition(block.head, block.condition)


def _drawn(block: ReadBlock) -> Dimension:
    drawn = {
        axis.key.dotted: draw(axis.key.dotted, axis.values, block.draws_seed, block.n_draws)
        for axis in block.axes
    }
    # Among choices a draw may come twice; it is one trial.
    different = {point: i for i, point in enumerate(zip(*drawn.values(), strict=True))}.values()
    axes = (Axis(key, tuple(values[i] for i in different)) for key, values in drawn.items())
    return Dimension("random", tuple(axes), n_draws=block.n_draws)


def _expanded(block: ReadBlock, faults: Faults) -> list[Dimension]:
    expanded = [expand(axis.key, axis.values, faults.at(axis.place)) for axis in block.axes]
    axes = tuple(axis for axis in expanded if axis is not None)
    if block.form != "zip":
        condition = _condition(block) if block.form == "when" else None
        return [Dimension(block.form, (axis,), condition) for axis in axes]
    if len(axes) < len(block.axes):
        return []
    dimension = Dimension("zip", axes)
    for first, again in repeated_points(dimension)[:3]:
        faults.at(block.head).add(
            f"values {first + 1} and {again + 1} of its lists are alike; give each combination once"
        )
    return [dimension]
