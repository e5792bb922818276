"""Where a key is: in the file, on the command line, or in an argument of a Python caller."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from .keys import path_of
from .wording import as_key, shown


@dataclass(frozen=True)
class Wording:
    """How messages name an override, and how a user gives one.

    Attributes
    ----------
    argument : str
        The argument or option that takes overrides.
    key, assignment : str
        Forms for `str.format`: of a key, and of a key with a value in TOML.
    """

    argument: str
    key: str
    assignment: str

    def place(self, key: str) -> str:
        """Return the place of a key."""
        return self.key.format(key)

    def example(self, key: str, text: str) -> str:
        """Return how a key is given with a value, which is TOML."""
        return self.assignment.format(key, text)


COMMAND_LINE = Wording("--set", "--set {}", "--set '{}={}'")
PYTHON = Wording("overrides", 'overrides["{}"]', 'overrides={{"{}": {}}}')


class Places:
    """Names the place of a key for messages.

    Parameters
    ----------
    overridden : collection of str
        The keys that overrides give, as in "model.hidden_size".
    wording : Wording
        How messages name these.
    """

    def __init__(self, overridden: Collection[str] = (), wording: Wording = COMMAND_LINE) -> None:
        self._overridden = overridden
        self._wording = wording
        self._heads: dict[str, str] = {}

    def in_table(self, key: str) -> str:
        """Return the place of a key's single value."""
        if key in self._overridden:
            return self._wording.place(key)
        table, *names = path_of(key)
        return f"[{table}] {_dotted(names)}" if names else key

    def put_axis(self, key: str, head: str) -> None:
        """Remember the block that has the axis of a key, as in "[[zip]] 2"."""
        # A key may have axes in several [[when]]; then the place has no number.
        self._heads[key] = "[[when]]" if self._heads.get(key, head) != head else head

    def on_axis(self, key: str) -> str:
        """Return the place of a key's axis."""
        return self.in_block(key, self._heads.get(key, "[grid]"))

    def in_block(self, key: str, head: str) -> str:
        """Return the place of a key in one block of a search form."""
        if key in self._overridden and not head.startswith("[[exclude]]") and " if" not in head:
            return self._wording.place(key)
        return f"{head} {_dotted(path_of(key))}"

    def is_overridden(self, key: str) -> bool:
        """Return whether an override gives a key."""
        return key in self._overridden

    def taken_away(self, key: str) -> str:
        """Return what to say of a condition on a value that an override has replaced."""
        place = self._wording.place(key)
        return f"{place} took it away, so that the file has to be changed as well"

    def as_axis(self, key: str, value: Any) -> str:
        """Return how a key is given as an axis of one value."""
        return self._wording.example(key, f"[{shown(value)}]")


def _dotted(names: Sequence[str]) -> str:
    return ".".join(map(as_key, names))
