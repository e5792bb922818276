"""Rules between keys: plain functions of the keys that they depend on.

Only the axes of a rule's own keys are multiplied out, so that a large grid is checked as fast
as a small one.
"""

from collections.abc import Callable
from dataclasses import dataclass

Check = Callable[..., str | None]


@dataclass(frozen=True)
class Rule:
    """A condition on a few keys.

    Attributes
    ----------
    keys : tuple of str
        The arguments of `check`, in order; "task" is the task itself.
    check : callable
        Returns what is wrong and the way out, or None.
    grows : bool
        True where a larger number outside [task] is never allowed where a smaller one is not,
        so that the largest of an axis stands for all.
    named : tuple of str
        The keys that a message names with their places; `keys` if empty.
    """

    keys: tuple[str, ...]
    check: Check
    grows: bool = False
    named: tuple[str, ...] = ()


def rule(*keys: str, grows: bool = False) -> Callable[[Check], Rule]:
    """Make a rule of a function of these keys."""
    return lambda check: Rule(keys, check, grows)
