"""The names that a cell may declare: letters, digits and _, and not what has a meaning already."""

import keyword
import re

from .functions import FUNCTIONS
from .values import shown

PREVIOUS = "_prev"
"""The end of the name of a state's value one time step before."""

_LONGEST = 40
_NAME = re.compile(r"[A-Za-z]\w*", re.ASCII)
_PARAMS = ("W_", "b_", "M_", "N_")


def why_not_a_name(name: str) -> str:
    """Return why a table may not declare a name; empty if it may."""
    if not _NAME.fullmatch(name):
        return f"{shown(name)} is no name; allowed: a letter, then letters, digits and _"
    if keyword.iskeyword(name):
        return f"{name} is a keyword of Python, which no equation has"
    return why_reserved(name)


def why_reserved(name: str) -> str:
    """Return why neither a table nor an equation may declare a name; empty if it may."""
    if len(name) > _LONGEST:
        return f"{shown(name)} has {len(name)} characters; allowed: up to {_LONGEST}"
    if name in FUNCTIONS:
        return f"{name} is a function; choose another name"
    if name in ("x", "y"):
        return f"{name} is reserved for the network's {'input' if name == 'x' else 'output'}"
    if name.startswith(_PARAMS):
        return f"{name} is reserved: names that begin with {name[:2]} are those of params"
    if name.endswith(PREVIOUS):
        return f"{name} is reserved: {PREVIOUS} is a state's value one time step before"
    return ""
