"""Rules between the precision and the numbers of the file that kernels take in it."""

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain

import numpy as np

from rnnsweep.precision import holds, limits, written
from rnnsweep.sweepfile.choices import Choices
from rnnsweep.sweepfile.keys import RECORD_TABLES, Key
from rnnsweep.sweepfile.wording import short

from .rule import Rule, rule
from .training import DECAYING

# Keys that take no part in the network's arithmetic: shares of a file and of the units, what data
# are drawn with in float64, and a bound on a share that is counted.
NOT_IN_KERNELS = (
    "task.val_fraction",
    "task.test_fraction",
    "task.p",
    "task.min_frequency",
    "task.max_frequency",
    "model.dale_excitatory",
    "stop.accuracy_above",
)
# Elements are dropped by a hash of 32 bits.
LEAST_DROPOUT = 2.0**-32

PRECISION_RULES: list[Rule] = []


@rule(PRECISION_RULES)
def dropout_drops_something(dropout: float) -> str | None:
    """Refuse a share of dropped elements that no element falls into."""
    if 0 < dropout < LEAST_DROPOUT:
        return f"no element would be dropped; allowed: 0, or a number of at least {LEAST_DROPOUT}"
    return None


@rule(PRECISION_RULES)
def momentum_stays_below_1(momentum: float, dtype: str) -> str | None:
    """Refuse a share of the last update that is rounded to all of it."""
    real = np.dtype(dtype).type
    if real(momentum) < 1:
        return None
    most = written(float(np.nextafter(real(1), real(0))), dtype)
    return f"this is 1 in {dtype}; allowed: at most {most}{way_out(dtype, momentum < 1)}"


def rules_of_numbers(choices: Choices) -> Iterator[Rule]:
    """Yield a rule for each key with a value that some precision cannot represent.

    A value that float32 represents is one that both do: an axis of millions is looked through
    once.
    """
    for key in number_keys(choices.words.all_keys()):
        axes = [axis.values for _, axis in choices.axes_of(key.dotted)]
        values = chain([choices.fixed[key.table].get(key.name, 0.0)], *axes)
        # The constants of cells may have defaults of any size.
        if key.table == "cell" or not all(holds("float32", value) for value in values):
            yield Rule((key.dotted, "train.dtype"), partial(unheld, key))
    if choices.in_file("train.decay"):
        yield Rule.of(_decayed_rate_is_held)


def number_keys(keys: Iterable[Key]) -> Iterator[Key]:
    """Yield the keys with real numbers that are used in the precision of the network."""
    seen = {*NOT_IN_KERNELS}
    for key in [key for key in keys if key.table not in RECORD_TABLES]:
        if key.dotted not in seen and key.type == "number":
            seen.add(key.dotted)
            yield key


def unheld(key: Key, value: float, dtype: str) -> str | None:
    """Return what is wrong with a value that a precision cannot represent, else None."""
    if holds(dtype, value):
        return None
    what = "0" if abs(value) < limits(dtype).smallest else "infinite"
    return (
        f"this is {what} in {dtype}; allowed: {_range(key, dtype)}"
        f"{way_out(dtype, holds('float64', value))}"
    )


def _range(key: Key, dtype: str) -> str:
    """Return what a key takes in a precision, in words."""
    bounds, (smallest, largest) = key.schema, limits(dtype)
    zero = "" if "exclusiveMinimum" in bounds else "0, or "
    size = " in size" if bounds.get("minimum", 0) < 0 else ""
    if "exclusiveMaximum" in bounds:
        most = f"below {short(bounds['exclusiveMaximum'])}"
    elif bounds.get("maximum", np.inf) <= largest:
        most = f"at most {short(bounds['maximum'])}"
    else:
        most = f"at most {written(largest, dtype)}"
    return f"{zero}a number of at least {written(smallest, dtype)} and {most}{size}"


def _decayed_rate_is_held(
    learning_rate: float, decay: float, schedule: str, dtype: str
) -> str | None:
    """Refuse a decay that makes the learning rate 0 when it is first applied."""
    rate = learning_rate * decay
    # A decay that is itself too small has its own rule.
    if schedule not in DECAYING or not holds(dtype, decay) or (rate > 0 and holds(dtype, rate)):
        return None
    return (
        f"after one decay the learning rate is {rate:g}, which is 0 in {dtype}; take a larger "
        f"decay{way_out(dtype, rate > 0 and holds('float64', rate))}"
    )


def way_out(dtype: str, held: bool) -> str:
    """Return the advice to take the other precision, if that represents the number."""
    return '; or take dtype = "float64"' if dtype == "float32" and held else ""
