"""Where in the file, or on the command line, a key stands."""

from collections.abc import Collection

from .faults import as_key


class Places:
    """Names the place of a key for messages.

    Parameters
    ----------
    overridden : collection of str
        The keys that `--set` gave, as in "model.hidden_size".
    """

    def __init__(self, overridden: Collection[str] = ()) -> None:
        self._overridden = overridden
        self._heads: dict[str, str] = {}

    def in_table(self, key: str) -> str:
        """Return the place of a key's single value."""
        if key in self._overridden:
            return f"--set {key}"
        table, dot, name = key.partition(".")
        return f"[{table}] {as_key(name)}" if dot else key

    def put_axis(self, key: str, head: str) -> None:
        """Take down the block in which a key's axis stands, as in "[[zip]] 2"."""
        # A key may have axes in several [[when]]; then no number tells which.
        self._heads[key] = "[[when]]" if self._heads.get(key, head) != head else head

    def on_axis(self, key: str) -> str:
        """Return the place of a key's axis."""
        return self.in_block(key, self._heads.get(key, "[grid]"))

    def in_block(self, key: str, head: str) -> str:
        """Return the place of a key in one block of a search form."""
        if key in self._overridden and not head.startswith("[[exclude]]") and " if" not in head:
            return f"--set {key}"
        table, dot, name = key.partition(".")
        return f"{head} {table}.{as_key(name)}" if dot else f"{head} {key}"

    def is_overridden(self, key: str) -> bool:
        """Return whether `--set` gave a key."""
        return key in self._overridden

    def taken_away(self, key: str) -> str:
        """Return, for a condition that asks in vain for a value, that `--set` took it away."""
        return f"--set {key} took it away, so that the file has to be changed as well"
