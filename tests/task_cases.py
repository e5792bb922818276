"""A small problem of every generated task, and the losses of trivial predictors by name."""

from rnnsweep.tasks import TASKS, GeneratedTask
from rnnsweep.tasks.predictors import predictor_losses

SIZES = {"n_train": 200, "n_val": 100, "n_test": 50}
# Keys without a default; another one gets the smallest value that it allows.
_REQUIRED = {"seq_len": 23, "delay": 7, "lag": 4}


def small(cls, **keys):
    """Return a small problem of a generated task; `keys` go before those chosen here."""
    required = {
        key: _REQUIRED.get(key, next((m.ge for m in field.metadata if hasattr(m, "ge")), None))
        for key, field in cls.model_fields.items()
        if field.is_required()
    }
    return cls(**required | SIZES | keys)


GENERATED = [cls for cls in TASKS.values() if issubclass(cls, GeneratedTask)]
DRAWN = [small(cls) for cls in GENERATED]


def baselines(parts, loss, huber_delta=1.0):
    """Return the losses of the trivial predictors on the validation part, the best first."""
    return {losses.name: losses.val for losses in predictor_losses(parts, loss, huber_delta)}
