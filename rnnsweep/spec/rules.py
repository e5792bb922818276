"""Rules between keys: plain functions of the keys that they depend on.

Only the axes of a rule's own keys are multiplied out, so that a large grid is checked as fast
as a small one.
"""

from collections.abc import Callable
from dataclasses import dataclass

from rnnsweep.tasks import TASKS, Task

from .faults import listed, shown

MAX_DATA_BYTES = 4 * 2**30
MAX_NETWORK_BYTES = 8 * 2**30

Check = Callable[..., str | None]


@dataclass(frozen=True)
class Rule:
    """A condition on a few keys.

    Attributes
    ----------
    keys : tuple of str
        The arguments of `check`, in order; "task" is the task itself.
    check : callable
        Returns what is wrong and the way out, or None.
    grows : bool
        True where a larger number in [model] or [train] is never allowed where a smaller one is
        not, so that the largest of an axis stands for all.
    """

    keys: tuple[str, ...]
    check: Check
    grows: bool = False


def _rule(*keys: str, grows: bool = False) -> Callable[[Check], Rule]:
    return lambda check: Rule(keys, check, grows)


@_rule("train.gradient", "model.cell")
def notebook_rule_has_one_cell(gradient: str, cell: str) -> str | None:
    """Keep the notebook's rule to the cell it is written for."""
    if gradient == "notebook" and cell != "rnn":
        return 'the notebook\'s rule is for the cell "rnn"; take that, or gradient = "bptt"'
    return None


@_rule("train.gradient", "model.output")
def notebook_rule_has_one_output(gradient: str, output: str) -> str | None:
    """Keep the notebook's rule to an output at the last time step, where it starts from."""
    if gradient == "notebook" and output != "last":
        return (
            "the notebook's rule goes back from the last time step alone; "
            'take output = "last", or gradient = "bptt"'
        )
    return None


@_rule("train.momentum", "train.optimizer")
def momentum_is_for_sgd(momentum: float, optimizer: str) -> str | None:
    """Keep momentum to sgd; the other optimisers have moments of their own."""
    if momentum > 0 and optimizer != "sgd":
        return 'momentum is a part of "sgd"; take momentum = 0, or optimizer = "sgd"'
    return None


@_rule("train.loss", "model.output_activation")
def bce_takes_probabilities(loss: str, output_activation: str) -> str | None:
    """Let cross-entropy have the probabilities it is defined on."""
    if loss == "bce" and output_activation != "sigmoid":
        return (
            'the loss "bce" needs probabilities; take output_activation = "sigmoid", '
            'or loss = "mse"'
        )
    return None


@_rule("train.loss", "task")
def bce_takes_targets_in_unit_range(loss: str, task: Task) -> str | None:
    """Let cross-entropy have targets that are probabilities."""
    if loss != "bce":
        return None
    low, high = task.target_range()
    if low < 0 or high > 1:
        return (
            f'the loss "bce" needs targets from 0 to 1, and those of this task reach from {low:g} '
            f'to {high:g}; take loss = "mse"'
        )
    return None


@_rule("model.output", "task.name")
def task_has_targets_for_output(output: str, task_name: str) -> str | None:
    """Ask a task only for the targets it has."""
    outputs = TASKS[task_name].outputs
    if output not in outputs:
        return (
            f"this task has no such targets; its outputs: {listed(shown(name) for name in outputs)}"
        )
    return None


@_rule("model.output", "task")
def every_part_holds_a_sequence(output: str, task: Task) -> str | None:
    """Leave every part a sequence: output "every" takes windows from a series' later parts."""
    if output not in task.outputs:
        return None
    shape = task.shape(output)
    if min(shape.n_train, shape.n_val, shape.n_test) < 1:
        return (
            f"this leaves {shape.n_train} training, {shape.n_val} validation and {shape.n_test} "
            "test sequences, where each part needs one; shorten the window, or enlarge "
            'val_fraction and test_fraction, or take output = "last"'
        )
    return None


@_rule("model.output", "task")
def data_fits_in_memory(output: str, task: Task) -> str | None:
    """Refuse data that would take the machine down."""
    shape = task.shape(output)
    sequences = shape.n_train + shape.n_val + shape.n_test
    outputs = shape.output_size * (shape.seq_len if output == "every" else 1)
    # Targets and what persistence predicts have one shape.
    needed = 8 * sequences * (shape.seq_len * shape.input_size + 2 * outputs)
    if needed > MAX_DATA_BYTES:
        return (
            f"{sequences} sequences of {shape.seq_len} time steps and {shape.input_size} inputs "
            f"take {_gib(needed)}; allowed: {_gib(MAX_DATA_BYTES)} a trial; "
            "take fewer or shorter sequences"
        )
    return None


@_rule("model.hidden_size", "train.batch_size", "train.dtype", "task", grows=True)
def network_fits_in_memory(hidden_size: int, batch_size: int, dtype: str, task: Task) -> str | None:
    """Refuse a network that would take the machine down.

    Counted are two states a time step of a batch, and weights, gradients and two moments.
    """
    shape = task.shape()
    batch = min(batch_size, shape.n_train)
    weights = hidden_size * (shape.input_size + hidden_size + shape.output_size)
    states = 2 * (shape.seq_len + 1) * batch * hidden_size
    needed = (states + 4 * weights) * {"float32": 4, "float64": 8}[dtype]
    if needed > MAX_NETWORK_BYTES:
        return (
            f"training on {batch} sequences of {shape.seq_len} time steps at once takes "
            f"{_gib(needed)}; allowed: {_gib(MAX_NETWORK_BYTES)} a trial; "
            "take a smaller batch_size or hidden_size"
        )
    return None


def _gib(n_bytes: int) -> str:
    return f"{n_bytes / 2**30:.1f} GiB"


RULES: tuple[Rule, ...] = (
    notebook_rule_has_one_cell,
    notebook_rule_has_one_output,
    momentum_is_for_sgd,
    bce_takes_probabilities,
    bce_takes_targets_in_unit_range,
    task_has_targets_for_output,
    every_part_holds_a_sequence,
    data_fits_in_memory,
    network_fits_in_memory,
)
