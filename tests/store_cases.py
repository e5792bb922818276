"""Records of trials that were never trained, the same for a number each time."""

import numpy as np

from rnnsweep.record import Record


def trial_id(i):
    return f"t{i:015x}"


def settings(i):
    return {"task": "adding", "hidden_size": 8 + i % 2, "seed": i // 2, "task_seq_len": 10}


def record(i, status="complete", epochs=3, extra=(), **fields):
    rng = np.random.default_rng(i)
    # the extra columns are drawn after the others, which are the same with and without them
    losses = np.concatenate([rng.random((epochs, 3)), rng.random((epochs, len(extra)))], axis=1)
    best = int(losses[:, 1].argmin()) if epochs else None
    defaults = {"n_params": 97, "baselines": {"mean": 0.2}, "best_epoch": best, "test_loss": 0.1}
    return Record(
        trial_id(i), settings(i), status, losses, **{**defaults, **fields}, extra_columns=extra
    )


def with_params(i, *status, loss=None, dtype="float32", **fields):
    """A record with params; with `loss`, its best epoch's."""
    made = record(i, *status, params=np.arange(i, i + 4, dtype=dtype), network={"n": i}, **fields)
    if loss is not None:
        made.epochs[:, 1] = loss
    return made


def named(*numbers):
    return [(trial_id(i), settings(i)) for i in numbers]
