"""What a cell has to do with the other settings: for a sweep file as for `rnnsweep.Model`."""

from collections.abc import Iterable, Iterator

from rnnsweep.cells import Cell, trees
from rnnsweep.cells.activation import activation_tree
from rnnsweep.precision import holds, limits, written
from rnnsweep.recipes import RECIPES
from rnnsweep.sweepfile.choices import Choices
from rnnsweep.sweepfile.wording import short, shown

from .precision import way_out
from .rule import KEYS, Rule, rule

CELL_RULES: list[Rule] = []


@rule(CELL_RULES)
def forget_bias_is_that_of_a_sum(forget_bias: float, cell: Cell) -> str | None:
    """Refuse a bias of the forget gate where the cell has none, or has one of its own."""
    if forget_bias == 0:
        return None
    if not cell.forget_sum:
        return (
            f"forget_bias is the initial bias of a sum zf, which the cell {shown(cell.name)} does "
            'not have; take forget_bias = 0, or a cell that has it, as cell = "lstm"'
        )
    own = next(each.bias for each in cell.sums if each.name == cell.forget_sum)
    if own != 0:
        return (
            f"the cell {shown(cell.name)} itself gives the sum {cell.forget_sum} the initial bias "
            f"{short(own)}; take forget_bias = 0 with cell.bias.{cell.forget_sum}"
        )
    return None


@rule(CELL_RULES)
def activation_is_called(activation: str, cell: Cell) -> str | None:
    """Refuse an activation that the equations do not use."""
    default = KEYS["activation"].field.default
    if activation != default and not cell.uses_act:
        return (
            f"the equations of the cell {shown(cell.name)} do not call act, which is the "
            f"activation; leave it out, or take a cell that calls act"
        )
    return None


@rule(CELL_RULES)
def equations_with_the_formula_are_short(activation: str, cell: Cell) -> str | None:
    """Refuse what would take minutes to compile: a long formula that is called many times."""
    return cell.with_activation(activation).why_too_long()


@rule(CELL_RULES)
def recurrent_start_is_of_recurrent_weights(
    init_recurrent: str, init: str, cell: Cell
) -> str | None:
    """Refuse a distribution of recurrent weights where there are none."""
    if init_recurrent != RECIPES[init].init_recurrent:
        return _without_recurrent_weights("init_recurrent", cell)
    return None


@rule(CELL_RULES)
def radius_is_of_recurrent_weights(spectral_radius: float, cell: Cell) -> str | None:
    """Refuse to scale recurrent weights where there are none."""
    return _without_recurrent_weights("spectral_radius", cell) if spectral_radius != 0 else None


@rule(CELL_RULES)
def connections_are_recurrent_weights(init_connections: int, cell: Cell) -> str | None:
    """Refuse to thin out recurrent weights where there are none."""
    return _without_recurrent_weights("init_connections", cell) if init_connections != 0 else None


@rule(CELL_RULES)
def constraint_is_on_recurrent_weights(recurrent: str, cell: Cell) -> str | None:
    """Refuse to constrain recurrent weights where there are none."""
    return _without_recurrent_weights("recurrent", cell) if recurrent != "free" else None


@rule(CELL_RULES)
def precision_holds_the_numbers_of_the_cell(cell: Cell, dtype: str) -> str | None:
    """Refuse equations and starts of vectors with numbers that a precision cannot represent."""
    return _first_unheld(cell.numbers, dtype)


@rule(CELL_RULES)
def precision_holds_the_numbers_of_the_formula(activation: str, dtype: str) -> str | None:
    """Refuse an activation with numbers that a precision cannot represent."""
    numbers = trees.numbers(activation_tree(activation))
    return _first_unheld([("formula", value) for value in numbers], dtype)


def _first_unheld(numbers: Iterable[tuple[str, float]], dtype: str) -> str | None:
    for where, value in numbers:
        if not holds(dtype, value):
            smallest, largest = limits(dtype)
            what = "0" if abs(value) < smallest else "infinite"
            return (
                f"{value!r}, in the {where}, is {what} in {dtype}; allowed: 0, or a number of at "
                f"least {written(smallest, dtype)} and at most {written(largest, dtype)} in size"
                f"{way_out(dtype, holds('float64', value))}"
            )
    return None


def _without_recurrent_weights(name: str, cell: Cell) -> str | None:
    if cell.has_recurrent:
        return None
    return (
        f"the cell {shown(cell.name)} has no recurrent weights; leave {name} out, or take another "
        "cell"
    )


def rules_of_biases(choices: Choices) -> Iterator[Rule]:
    """Yield the rule that a sum's bias is given in one way, if the file gives it as [cell] does."""
    for name in dict.fromkeys(filter(None, (c.forget_sum for c in choices.words.cells.values()))):
        key = f"cell.bias.{name}"
        if choices.in_file(key):
            yield Rule((KEYS["forget_bias"].dotted, key), _is_given_once)


def _is_given_once(forget_bias: float, bias: float) -> str | None:
    if forget_bias != 0:
        return "both are the initial bias of one sum; give one of them, and leave the other out"
    return None
