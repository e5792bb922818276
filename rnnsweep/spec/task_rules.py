"""Rules between a task and what is done with it."""

from rnnsweep.tasks import Task

from .faults import listed, shown
from .rules import Rule, rule

_WITH_ACCURACY = ("cross_entropy", "bce")


@rule("model.output", "task")
def task_has_targets_for_output(output: str, task: Task) -> str | None:
    """Ask a task only for the targets it has."""
    outputs = task.available_outputs
    if output not in outputs:
        return (
            f"this task has no such targets; its outputs: {listed(shown(name) for name in outputs)}"
        )
    return None


@rule("train.loss", "task")
def classes_have_cross_entropy(loss: str, task: Task) -> str | None:
    """Let a task with classes have the loss of classes, and no other task."""
    if task.n_classes > 0 and loss != "cross_entropy":
        return f'the targets of this task are {task.n_classes} classes; take loss = "cross_entropy"'
    if task.n_classes == 0 and loss == "cross_entropy":
        return (
            'the loss "cross_entropy" is for classes, and the targets of this task are numbers; '
            'take loss = "mse"'
        )
    return None


@rule("train.loss", "task")
def bce_takes_targets_in_unit_range(loss: str, task: Task) -> str | None:
    """Let binary cross-entropy have targets that are probabilities."""
    if loss != "bce" or task.n_classes > 0:
        return None
    low, high = task.target_range()
    if low < 0 or high > 1:
        return (
            f'the loss "bce" needs targets from 0 to 1, and those of this task reach from {low:g} '
            f'to {high:g}; take loss = "mse"'
        )
    return None


@rule("train.stateful", "task")
def state_is_carried_over_in_streams(stateful: bool, task: Task) -> str | None:
    """Keep the state that is carried over to sequences that follow on one another."""
    if stateful and not task.streams:
        return (
            "the sequences of this task do not follow on one another, so that no state can be "
            "carried over; take stateful = false"
        )
    return None


@rule("stop.accuracy_above", "train.loss", "task")
def accuracy_is_measured(accuracy_above: float, loss: str, task: Task) -> str | None:
    """Keep a success by accuracy to trials that measure one."""
    if accuracy_above > 0 and loss not in _WITH_ACCURACY and "accuracy" not in task.scores:
        return (
            f'the loss "{loss}" on this task has no accuracy; take val_loss_below, '
            "or accuracy_above = 0"
        )
    return None


@rule("model.output", "task")
def every_part_holds_a_sequence(output: str, task: Task) -> str | None:
    """Leave every part a sequence: output "every" takes windows from a series' later parts."""
    if output not in task.available_outputs:
        return None
    shape = task.shape(output)
    if min(shape.n_train, shape.n_val, shape.n_test) < 1:
        return (
            f"this leaves {shape.n_train} training, {shape.n_val} validation and {shape.n_test} "
            "test sequences, where each part needs one; shorten the window, or enlarge "
            'val_fraction and test_fraction, or take output = "last"'
        )
    return None


TASK_RULES: tuple[Rule, ...] = (
    task_has_targets_for_output,
    classes_have_cross_entropy,
    bce_takes_targets_in_unit_range,
    state_is_carried_over_in_streams,
    accuracy_is_measured,
    every_part_holds_a_sequence,
)
