"""The line about results of a part of a sweep: a shard, or shards of which some are missing."""

from rnnsweep.store.reader import StoredSweep


def part_line(store: StoredSweep) -> str:
    """Return the line that says which part of its sweep a folder has; empty if that is all."""
    info, n_trials = store.info(), store.counts().total
    if info.n_trials is None or info.n_trials == n_trials:
        return ""
    of_all = f"{n_trials:,} of the {info.n_trials:,} trials of {info.name}"
    if info.shard:
        return f"shard {info.shard}: {of_all}"
    return f"{of_all}: other shards were not merged yet"
