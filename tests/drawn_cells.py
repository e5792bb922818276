"""Random cells for hypothesis: any expression of the grammar, stages, vectors, constants, noise."""

from hypothesis import strategies as st

from rnnsweep.cells import Cell, Sum, Vector
from rnnsweep.vocabulary import ACTIVATIONS

# Names that the written source has for something else are names of users, too.
NAMES = """
    k size real load store array at here before stage memory constants elementary math range one
    activations two half zero d_h g_h a_h later_h slope_h tanh_z noise_1 x_ in_relu part base
    a b c d e f g h i j m n o p q r s t u v w z z1 z2 zi zf rh hn
"""
FORMULAS = (
    "x * tanh(softplus(x))",
    "exp(-x * x)",
    "x",
    "max(x, 0.1 * x) + x ** 2",
    "gelu(x) - abs(x)",
)
ONE_ARGUMENT = (*ACTIVATIONS, "act")


def number(value):
    return ("num", float(value))


def _bounded(kind, tree):
    """Return a function that would be infinite or NaN somewhere, of an argument where it is not."""
    positive = ("+", ("call", "abs", tree), number(0.5))
    if kind == "divide":
        return ("/", number(1.0), positive)
    if kind == "exp":
        return ("call", "exp", ("call", "tanh", tree))
    return ("call", kind, positive)  # log, sqrt


@st.composite
def expressions(draw, names, constants, has_noise, depth=3):
    """Return an expression of some names."""
    if depth == 0 or draw(st.integers(0, 5)) == 0:
        leaves = [("name", name) for name in names]
        leaves += [number(value) for value in (0.5, 1.0, 2.0, -1.5)]
        leaves += [("call", "noise")] if has_noise else []
        return draw(st.sampled_from(leaves))
    part = expressions(names, constants, has_noise, depth - 1)
    kind = draw(
        st.sampled_from(("operation", "operation", "call", "call", "two", "bounded", "power"))
    )
    if kind == "operation":
        return draw(
            st.one_of(
                st.tuples(st.sampled_from("+-*"), part, part), st.tuples(st.just("neg"), part)
            )
        )
    if kind == "call":
        return ("call", draw(st.sampled_from(ONE_ARGUMENT)), draw(part))
    if kind == "two":
        return ("call", draw(st.sampled_from(("max", "min"))), draw(part), draw(part))
    if kind == "bounded":
        return _bounded(draw(st.sampled_from(("divide", "exp", "log", "sqrt"))), draw(part))
    exponents = [number(n) for n in (0, 1, 2, 3, 8, 9, -1, -2, 0.5, -0.5, 1.5)]
    exponents += [("name", name) for name in constants]
    base = ("+", ("call", "abs", ("call", "tanh", draw(part))), number(0.5))
    return ("**", base, draw(st.sampled_from(exponents)))


@st.composite
def cells(draw, most_equations=5):
    """Return a cell: sums fed by states before and by values of the same time step."""
    names = draw(st.permutations(NAMES.split()))
    states = tuple(names.pop() for _ in range(draw(st.integers(1, 3))))
    vectors = [names.pop() for _ in range(draw(st.integers(0, 2)))]
    constants = [names.pop() for _ in range(draw(st.integers(0, 2)))]
    has_noise = draw(st.booleans())
    before = [f"{state}_prev" for state in states]
    n_others = draw(st.integers(0, most_equations - len(states)))
    order = draw(st.permutations([*states, *(names.pop() for _ in range(n_others))]))
    sums, known, assigned, assignments = [], [*before, *vectors, *constants], [], []
    for name in order:
        for _ in range(draw(st.integers(0 if sums else 1, 2))):
            feeds = draw(st.lists(st.sampled_from([*before, *assigned]), max_size=2, unique=True))
            has_input = not feeds or draw(st.booleans())
            sums.append(Sum(names.pop(), has_input, tuple(feeds), 0.0, draw(st.booleans())))
            known.append(sums[-1].name)
        tree = draw(expressions(known, constants, has_noise))
        # States within bounds, so that a difference of losses has digits.
        assignments.append((name, ("call", "tanh", tree) if draw(st.booleans()) else tree))
        known.append(name)
        assigned.append(name)
    return Cell(
        "drawn",
        tuple(sorted(sums, key=lambda each: not each.has_input)),
        states,
        tuple(assignments),
        tuple(Vector(name, -1.0, 1.0) for name in vectors),
        tuple((name, value) for name, value in zip(constants, (0.3, 1.7), strict=False)),
        activation=draw(st.sampled_from([*ACTIVATIONS, *FORMULAS])),
    )
