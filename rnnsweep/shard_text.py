"""The text of a shard, "3/8" for the third of eight parts of a sweep, and what it is called."""

import re
from collections.abc import Iterable

from rnnsweep.errors import SweepError

_FORM = re.compile(r"([0-9]{1,9})/([0-9]{1,9})")


def read_shard(shard: str) -> tuple[int, int]:
    """Return K and N of the text "K/N".

    Raises
    ------
    SweepError
        If it has another form, or there is no such shard.
    """
    match = _FORM.fullmatch(shard) if isinstance(shard, str) else None
    if match is None:
        raise SweepError(
            f"--shard {shard!r} is no shard; allowed: K/N, as in 3/8 for the third of eight"
        )
    number, n_shards = map(int, match.groups())
    if not n_shards:
        raise SweepError(f"--shard {shard}: a sweep has at least one shard, as in 1/1")
    if not 1 <= number <= n_shards:
        raise SweepError(
            f"--shard {shard}: there is no shard {number} of {n_shards}; "
            f"allowed: 1/{n_shards} to {n_shards}/{n_shards}"
        )
    return number, n_shards


def folder_name(stem: str, shard: str) -> str:
    """Return the name of the default folder of a sweep or, as in "grid-3of8", of a shard."""
    return f"{stem}-{shard.replace('/', 'of')}" if shard else stem


def shards_in(shard: str) -> list[tuple[int, int]]:
    """Return K and N of each shard in the text of a store: "1/8, 3/8" where some were merged."""
    return [read_shard(text) for text in shard.split(", ") if text]


def shards_text(shards: Iterable[tuple[int, int]]) -> str:
    """Return the text of a store that has these shards."""
    ordered = sorted(set(shards), key=lambda shard: shard[::-1])
    return ", ".join(f"{number}/{n_shards}" for number, n_shards in ordered)


def title(name: str, shard: str) -> str:
    """Return what messages call a sweep, or a part of it: "grid, shard 3/8"."""
    return f"{name}, {part_name(shard)}" if shard else name


def part_name(shard: str) -> str:
    """Return "shard 3/8", or "shards 1/8, 3/8" where some were merged."""
    return f"shard{'s' * (',' in shard)} {shard}"
