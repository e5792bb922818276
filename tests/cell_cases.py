"""Random cells, for hypothesis: any equations that the grammar allows."""

from hypothesis import strategies as st

from rnnsweep.cells import read_cell
from rnnsweep.cells.functions import FUNCTIONS

ONE_ARGUMENT = [name for name, each in FUNCTIONS.items() if each.n_arguments == 1]
NUMBERS = ("0.5", "1", "2", "0.1", "3e-1")
EXPONENTS = ("2", "3", "0.5", "-1", "(1 / 3)", "-2.5", "0")
STARTS = (0.0, -1.5, {"uniform": [-1.0, 1.0]}, {"uniform": [0.25, 0.5]})


@st.composite
def expressions(draw, names, constants=(), levels=3, functions=tuple(ONE_ARGUMENT), noise=True):
    """Return the text of an expression that reads some of the names."""
    forms = ["name", "name", "number"]
    if levels > 0:
        forms += ["neg", "+", "-", "*", "/", "**", "call", "call", "two", "parentheses"]
        forms += ["noise"] if noise else []
    form = draw(st.sampled_from(forms))
    if form == "name":
        return draw(st.sampled_from(names))
    if form == "number":
        return draw(st.sampled_from(NUMBERS))
    if form == "noise":
        return "noise()"

    def part():
        return draw(expressions(names, constants, levels - 1, functions, noise))

    if form == "neg":
        return f"-({part()})"
    if form == "call":
        function = draw(st.sampled_from(functions))
        # Of numbers alone the argument could be negative, which is refused.
        name = f" + {draw(st.sampled_from(names))}" if function in ("log", "sqrt") else ""
        return f"{function}({part()}{name})"
    if form == "two":
        return f"{draw(st.sampled_from(['min', 'max']))}({part()}, {part()})"
    if form == "parentheses":
        return f"({part()})"
    if form == "**":  # of numbers alone the base could be negative
        exponent = draw(st.sampled_from([*EXPONENTS, *constants]))
        return f"({part()} + {draw(st.sampled_from(names))}) ** {exponent}"
    if form == "/":  # of numbers alone a divisor could be 0
        return f"({part()}) / ({part()} + {draw(st.sampled_from(names))})"
    return f"({part()}) {form} ({part()})"


@st.composite
def tables(draw, noise=True, levels=3):
    """Return the table of a cell: `read_cell` takes it without a fault."""

    def some(first, most):
        return [f"{first}{i}" for i in range(draw(st.integers(0, most)))]

    states = ["h", *some("c", 2)]
    vectors = {name: draw(st.sampled_from(STARTS)) for name in some("v", 2)}
    constants = {name: draw(st.sampled_from([0.25, 1.5, 2.0])) for name in some("k", 2)}
    inputs, recurrents = some("xn", 1), some("hn", 1)
    middle = some("m", 3)
    # Equations in any order, with that of h at the end: it reads whatever nothing else needs.
    order = [*draw(st.permutations(states[1:] + middle)), "h"]
    before = [f"{state}_prev" for state in states]
    sums, there = {}, [set() for _ in order]
    for name in [*some("z", 2), "za"]:
        feeds = draw(st.lists(st.sampled_from([*before, *order[:-1]]), max_size=2, unique=True))
        sums[name] = feeds
        first = max((order.index(feed) + 1 for feed in feeds if feed in order), default=0)
        there[first].add(name)
    known = [*before, *vectors, *constants, *inputs, *recurrents]
    equations, needs = {}, {}
    for name, new in zip(order, there, strict=True):
        known += sorted(new)
        text = draw(expressions(known, list(constants), levels, noise=noise))
        equations[name] = text
        needs[name] = [each for each in known if each in words(text)]
        known.append(name)
    needs |= sums | {f"{state}_prev": [state] for state in states}
    in_vain = [each for each in known if each not in reached("h", needs) and each not in before]
    equations["h"] = " + ".join([f"({equations['h']})", *in_vain])
    table = {
        "sums": sums,
        "inputs": inputs,
        "recurrents": recurrents,
        "states": states,
        "equations": "\n".join(f"{name} = {text}" for name, text in equations.items()),
        "vectors": vectors,
        "constants": constants,
    }
    biased = draw(st.dictionaries(st.sampled_from([*sums, *inputs]), st.sampled_from(BIASES)))
    return table | {"biases": biased}


BIASES = (False, 1.0, -3, 0)


def words(text):
    for character in "()+-*/,":
        text = text.replace(character, " ")
    return text.split()


def reached(start, needs):
    names = [start]
    for name in names:
        names += [each for each in needs.get(name, []) if each not in names]
    return names


@st.composite
def cells(draw, noise=True, levels=3):
    """Return a cell."""
    return read_cell(draw(tables(noise, levels)), "random")
