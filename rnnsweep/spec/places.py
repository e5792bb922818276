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

    def in_table(self, key: str) -> str:
        """Return the place of a key's single value."""
        if key in self._overridden:
            return f"--set {key}"
        table, dot, name = key.partition(".")
        return f"[{table}] {as_key(name)}" if dot else key

    def on_axis(self, key: str) -> str:
        """Return the place of a key's axis."""
        if key in self._overridden:
            return f"--set {key}"
        table, dot, name = key.partition(".")
        return f"[grid] {table}.{as_key(name)}" if dot else f"[grid] {key}"
