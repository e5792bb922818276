"""From the text of equations or of a formula to trees; nothing of the text is ever run."""

import ast
import math
import operator
import warnings
from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from rnnsweep.suggestions import allowed

from . import lines, trees
from .faults import CellError, Fault, Place
from .functions import FUNCTIONS
from .lines import MOST_LEVELS, TOO_DEEP, Piece, TextFault
from .trees import Tree

_OPERATIONS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
MOST_EQUATIONS = 200
_EXPRESSION = "numbers, names, functions, + - * / ** and parentheses"


class Read(NamedTuple):
    """A name that an expression reads."""

    name: str
    place: Place
    is_exponent: bool


class Expression(NamedTuple):
    """An expression, and the names that it reads in the order of the text."""

    tree: Tree
    reads: tuple[Read, ...]


class Equation(NamedTuple):
    """An equation: a name and an expression."""

    name: str
    """Empty where it is refused."""
    place: Place
    right: Expression | None = None
    """None where it is refused."""

    @property
    def reads(self) -> tuple[Read, ...]:
        """The names that the expression reads."""
        return self.right.reads if self.right else ()


def parse_equations(text: str, faults: list[Fault]) -> list[Equation]:
    """Return the equations of a text; faults are added to the list.

    Names are not looked up here, other than those of functions.
    """
    equations = []
    try:
        lines.check_length(text)
        pieces = list(lines.split(text))
        if not pieces:
            raise TextFault("there is no equation", Place(1, 1))
        if len(pieces) > MOST_EQUATIONS:
            message = f"there are {len(pieces)} equations; allowed: up to {MOST_EQUATIONS}"
            raise TextFault(message, pieces[MOST_EQUATIONS].place(0))
    except TextFault as fault:
        faults.append(Fault("equations", str(fault), fault.place))
        return [Equation("", fault.place)]
    for piece in pieces:
        equation = Equation("", piece.place(0))
        try:
            left, right = lines.sides(piece)
            equation = Equation(left.text, left.place(0))
            equation = equation._replace(right=_expression(right, FUNCTIONS))
        except TextFault as fault:
            faults.append(Fault("equations", str(fault), fault.place))
        equations.append(equation)
    return equations


def parse_formula(text: str, key: str = "activation") -> Tree:
    """Return the tree of an activation's formula, an expression in x such as "x * sigmoid(x)".

    Raises
    ------
    CellError
        The formula is wrong; `key` is what the fault names.
    """
    functions = [name for name in FUNCTIONS if name not in ("act", "noise")]
    try:
        lines.check_length(text)
        piece = Piece(text, 1, 0)
        lines.check_characters(piece)
        if "=" in text:
            raise piece.fault("a formula is an expression in x, without =", text.index("="))
        formula = _expression(piece, functions)
        for read in formula.reads:
            if read.is_exponent:
                raise TextFault("an exponent must be a number", read.place)
            if read.name != "x":
                message = f"{read.name} is not known here; {allowed(read.name, ['x', *functions])}"
                raise TextFault(message, read.place)
        if not formula.reads:
            raise TextFault("the formula does not read x", Place(1, 1))
    except TextFault as fault:
        raise CellError([Fault(key, str(fault), fault.place)]) from None
    return formula.tree


def _expression(piece: Piece, functions: Collection[str]) -> Expression:
    if not piece.text.strip():
        raise piece.fault("an expression is missing", len(piece.text))
    return _Reader(piece, functions).expression()


class _Reader:
    """Turns Python's syntax tree of a piece into ours."""

    def __init__(self, piece: Piece, functions: Collection[str]) -> None:
        self._piece = piece
        self._functions = functions
        self._reads: list[Read] = []

    def expression(self) -> Expression:
        """Return the expression of the piece.

        Raises
        ------
        TextFault
        """
        # In parentheses the text may have several lines and begin with spaces.
        text = f"({self._piece.text})"
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of Python's, such as about "1if"
                node = ast.parse(text, mode="eval").body
        except SyntaxError as error:
            place = self._place(error.lineno or 1, (error.offset or 1) - 1)
            raise TextFault(f"this does not parse; allowed: {_EXPRESSION}", place) from None
        except (RecursionError, MemoryError):
            raise self._piece.fault(TOO_DEEP, 0) from None
        return Expression(self._tree(node, 1), tuple(self._reads))

    def _place(self, line: int, column: int) -> Place:
        """Return the place of what Python's parser counts from 1 and from 0."""
        text = self._piece.text
        rows = text.split("\n")
        row = min(line, len(rows)) - 1
        index = column - 1 if row == 0 else sum(len(each) + 1 for each in rows[:row]) + column
        return self._piece.place(max(0, min(index, len(text))))

    def _fault(self, message: str, node: ast.expr) -> TextFault:
        return TextFault(message, self._place(node.lineno, node.col_offset))

    def _tree(self, node: ast.expr, level: int) -> Tree:
        if level > MOST_LEVELS:
            raise self._fault(TOO_DEEP, node)
        match node:
            case ast.Constant(value=int() | float() as value) if type(value) is not bool:
                return ("num", self._number(value, node))
            case ast.Name(id=name):
                return self._name(name, node, is_exponent=False)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return ("neg", self._tree(operand, level + 1))
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self._tree(operand, level + 1)
            case ast.BinOp(op=ast.Pow(), left=left, right=right):
                base, exponent = self._tree(left, level + 1), self._exponent(right, level + 1)
                if why := _no_power(_literal(base), _literal(exponent)):
                    raise self._fault(why, node)
                return ("**", base, exponent)
            case ast.BinOp(op=ast.Div(), left=left, right=right):
                above, below = self._tree(left, level + 1), self._tree(right, level + 1)
                if _literal(below) == 0.0:
                    raise self._fault("this is a division by 0", right)
                return ("/", above, below)
            case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult() as op, left=left, right=right):
                sides = self._tree(left, level + 1), self._tree(right, level + 1)
                return (_OPERATIONS[type(op)], *sides)
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                self._check_call(name, len(args), node)
                arguments = [self._tree(each, level + 1) for each in args]
                if args and (why := _undefined(name, _literal(arguments[0]))):
                    raise self._fault(why, node)
                return ("call", name, *arguments)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=module), attr=name)):
                raise self._fault(self._of_module(module, name), node)
            case ast.Call():
                raise self._fault("this is no function; a product is written with *", node)
        raise self._fault(f"this is not part of an equation; allowed: {_EXPRESSION}", node)

    def _number(self, value: float, node: ast.expr) -> float:
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isinf(number):
            raise self._fault("the number is too large", node)
        return number

    def _name(self, name: str, node: ast.expr, *, is_exponent: bool) -> Tree:
        if name in FUNCTIONS:
            raise self._fault(f"{name} is a function; write {_call(name)}", node)
        self._reads.append(Read(name, self._place(node.lineno, node.col_offset), is_exponent))
        return ("name", name)

    def _exponent(self, node: ast.expr, level: int) -> Tree:
        if isinstance(node, ast.Name):
            return self._name(node.id, node, is_exponent=True)
        tree = self._tree(node, level)
        value = _literal(tree)
        if value is None:
            is_of_numbers = not (trees.names(tree) or trees.calls(tree))
            why_not = "is no finite number" if is_of_numbers else "must be a number or a constant"
            raise self._fault(f"an exponent {why_not}", node)
        return ("num", value)

    def _of_module(self, module: str, name: str) -> str:
        """Return what is wrong with a call such as np.tanh(a)."""
        if name in self._functions:
            return f"write {_call(name)}, without {module}."
        return f"{module}.{name} is no function here; {allowed(name, self._functions)}"

    def _check_call(self, name: str, n_arguments: int, node: ast.expr) -> None:
        if name not in self._functions:
            raise self._fault(f"{name} is no function here; {allowed(name, self._functions)}", node)
        needed = FUNCTIONS[name].n_arguments
        if n_arguments != needed:
            count = "1 argument" if n_arguments == 1 else f"{n_arguments} arguments"
            raise self._fault(f"{name} is called with {count}; write {_call(name)}", node)


def _call(name: str) -> str:
    return f"{name}({', '.join('ab'[: FUNCTIONS[name].n_arguments])})"


def _undefined(function: str, number: float | None) -> str:
    """Return why a function has no finite value for a number; empty if it has, or for None."""
    if function == "sqrt" and number is not None and number < 0:
        return "this is the square root of a negative number"
    if function == "log" and number is not None and number <= 0:
        return "this is the logarithm of a number that is not above 0"
    return ""


def _no_power(base: float | None, exponent: float | None) -> str:
    """Return why two numbers have no power; empty if they have one, or if one is None."""
    if base is None or exponent is None:
        return ""
    if base == 0 and exponent < 0:
        return "this is a division by 0"
    if base < 0 and not exponent.is_integer():
        return "this is a root of a negative number"
    return ""


def _literal(tree: Tree) -> float | None:
    """Return the number that an expression of numbers alone is; None for any other."""
    kind, *rest = tree
    if kind == "num":
        return float(rest[0])
    if kind in ("name", "call"):
        return None
    values = [_literal(part) for part in rest]
    if None in values:
        return None
    try:
        value = _CALCULATE[kind](*values)
    except (OverflowError, ZeroDivisionError):
        return None
    return float(value) if isinstance(value, float) and math.isfinite(value) else None


_CALCULATE: dict[str, Callable[..., Any]] = {
    "neg": operator.neg,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
}
