"""The line about results of a part of a sweep: a shard, or shards of which some are missing."""

from rnnsweep.shard_text import part_name
from rnnsweep.store.reader import StoredSweep


def part_line(store: StoredSweep) -> str:
    """Return the line that says which part of its sweep a folder has; empty if that is all."""
    info, n_trials = store.info(), store.counts().total
    if info.n_trials == n_trials:
        return ""
    return f"{part_name(info.shard)}: {n_trials:,} of the {info.n_trials:,} trials of {info.name}"
