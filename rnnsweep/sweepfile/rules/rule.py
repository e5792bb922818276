"""Rules between keys: plain functions of the keys that they depend on.

Only the axes of a rule's own keys are multiplied out, so that a large grid is checked as fast
as a small one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature
from typing import Any, NamedTuple

from rnnsweep.sweepfile.keys import TABLES, Key, any_keys, split_key
from rnnsweep.sweepfile.wording import listed, short, shown

Check = Callable[..., str | None]

# The keys that every file has by their bare names, which differ from each other.
KEYS: dict[str, Key] = {key.name: key for table in TABLES[1:] for key in any_keys(table).values()}
# What a rule may depend on in addition to keys, with the key that names it.
RECORDS = {"task": "task.name", "cell": "model.cell"}


@dataclass(frozen=True)
class Rule:
    """A condition on a few keys.

    Attributes
    ----------
    keys : tuple of str
        The arguments of `check`, in order; "task" is the task itself, "cell" the `Cell`.
    check : callable
        Returns what is wrong and the way out, or None.
    grows : bool
        True if a larger number outside [task] is never allowed where a smaller one is not, so
        that it is enough to check the largest of an axis.
    named : tuple of str
        The keys that a message names with their places; `keys` if empty.
    """

    keys: tuple[str, ...]
    check: Check
    grows: bool = False
    named: tuple[str, ...] = ()

    @classmethod
    def of(cls, check: Check, grows: bool = False, named: tuple[str, ...] = ()) -> "Rule":
        """Return the rule of a function whose arguments have the bare names of keys."""
        names = signature(check).parameters
        dotted = tuple(name if name in RECORDS else KEYS[name].dotted for name in names)
        return cls(dotted, check, grows, named)

    @property
    def names(self) -> tuple[str, ...]:
        """The bare names of its keys."""
        return tuple(split_key(key)[1] for key in self.keys)


def rule(rules: list[Rule], grows: bool = False) -> Callable[[Check], Rule]:
    """Add the rule of a function to a list of rules."""

    def add(check: Check) -> Rule:
        rules.append(Rule.of(check, grows))
        return rules[-1]

    return add


class PartOf(NamedTuple):
    """A key that only some words of another key have a use for.

    Attributes
    ----------
    name, of : str
        The bare names of the two keys.
    words : tuple of str
        The words of the other key that use it.
    instead : str
        What to do if none of them is chosen; to leave the key at its default if empty.
    needed : str
        What to do if one of them is chosen with the key at its default; nothing if empty.
    """

    name: str
    of: str
    words: tuple[str, ...]
    instead: str = ""
    needed: str = ""

    @property
    def rule(self) -> Rule:
        """The rule that the two keys go together."""
        return Rule((KEYS[self.name].dotted, KEYS[self.of].dotted), self._check)

    def _check(self, value: Any, word: str) -> str | None:
        default = KEYS[self.name].field.default
        if value != default and word not in self.words:
            instead = self.instead or f"take {self.name} = {short(default)}"
            return (
                f"{self.name} is a part of {listed(map(shown, self.words))}; {instead}, "
                f"or {self.of} = {shown(self.words[0])}"
            )
        if self.needed and value == default and word in self.words:
            return f"{shown(word)} needs {self.name}; {self.needed}"
        return None
