"""Names of the emitted source, none of them twice."""

import keyword
from collections.abc import Iterable
from itertools import count

# What the source uses for itself.
_FUNCTIONS = (
    "advance",
    "retreat",
    "slopes",
    "load",
    "store",
    "array",
    "elementwise",
    "range",
    "abs",
)
_MODULES = ("math", "elementary", "activations", "powers")
_VARIABLES = ("memory", "at", "constants", "here", "before", "size", "stage", "real", "k")
RESERVED = frozenset(_FUNCTIONS + _MODULES + _VARIABLES)


class Names:
    """Names of the source: a user's name stays as it is, unless the source needs it.

    Parameters
    ----------
    of_user : iterable of str
        The names of the equations.
    """

    def __init__(self, of_user: Iterable[str]) -> None:
        wishes = tuple(dict.fromkeys(of_user))
        self._taken = RESERVED.union(keyword.kwlist, wishes)
        self._in_source = {name: self.fresh(name) if name in RESERVED else name for name in wishes}

    def in_source(self, name: str) -> str:
        """Return the source's name for one of the equations."""
        return self._in_source[name]

    def in_equations(self, name: str) -> str:
        """Return the equations' name for one of the source."""
        return next(wish for wish, taken in self._in_source.items() if taken == name)

    def numbered(self, word: str) -> str:
        """Return a name that nothing has yet: the word and a number."""
        return next(name for n in count(1) if (name := f"{word}_{n}") not in self._taken)

    def fresh(self, wish: str) -> str:
        """Return a name that nothing has yet: the one wished for, if possible."""
        name, n = wish, 2
        while name in self._taken:
            name, n = f"{wish}_{n}", n + 1
        self._taken |= {name}
        return name
