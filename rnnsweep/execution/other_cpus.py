"""What a run says of results that were computed on another type of CPU."""

from rnnsweep.store.store import Store
from rnnsweep.training.cpu_type import CPU_TYPE

from .progress import counted


def other_cpus_line(store: Store) -> str:
    """Return the line about kept trials of another type of CPU than this; empty without any."""
    others = store.cpu_types()
    others.pop(CPU_TYPE, None)
    if not others:
        return ""
    n_trials = sum(others.values())
    verb = "was" if n_trials == 1 else "were"
    return (
        f"{counted(n_trials, 'kept trial')} {verb} trained on another type of CPU "
        f"({', '.join(sorted(others))}; this one is {CPU_TYPE}): results are equal to the last bit "
        "on one type alone"
    )
