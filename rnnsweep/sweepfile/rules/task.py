"""Rules between a task and what is done with it."""

from rnnsweep.sweepfile.wording import listed, shown
from rnnsweep.tasks import Task

from .rule import Rule, rule
from .training import outputs_are_for_the_loss

_WITH_ACCURACY = ("cross_entropy", "bce")

TASK_RULES: list[Rule] = []


@rule(TASK_RULES)
def task_has_targets_for_output(output: str, task: Task) -> str | None:
    """Refuse outputs that the task has no targets for."""
    outputs = task.available_outputs
    if output not in outputs:
        return (
            f"this task has no such targets; its outputs: {listed(shown(name) for name in outputs)}"
        )
    return None


@rule(TASK_RULES)
def loss_is_for_the_targets(loss: str, task: Task) -> str | None:
    """Refuse a loss that is not defined on the targets of the task."""
    # The loss that the task implies fits its targets, and the outputs that it implies as well.
    way_out = f'take loss = "{task.loss}"'
    if task.n_classes > 0 and loss != "cross_entropy":
        return f"the targets of this task are {task.n_classes} classes; {way_out}"
    if task.n_classes == 0 and loss == "cross_entropy":
        to_classes = f"{task.way_to_classes}, or " if task.way_to_classes else ""
        return (
            'the loss "cross_entropy" is for classes, and the targets of this task are numbers; '
            f"{to_classes}{way_out}"
        )
    if loss == "bce" and not _are_probabilities(task):
        low, high = task.target_range()
        return (
            f'the loss "bce" needs targets from 0 to 1, and those of this task reach from {low:g} '
            f"to {high:g}; {way_out}"
        )
    return None


def _are_probabilities(task: Task) -> bool:
    low, high = task.target_range()
    return low >= 0 and high <= 1


@rule(TASK_RULES)
def outputs_are_for_a_loss_that_fits(loss: str, output_activation: str, task: Task) -> str | None:
    """Refuse outputs that the loss is not defined on, if it fits the targets."""
    if loss_is_for_the_targets.check(loss, task) is not None:
        return None
    return outputs_are_for_the_loss.check(loss, output_activation)


@rule(TASK_RULES)
def state_is_carried_over_in_streams(stateful: bool, task: Task) -> str | None:
    """Refuse to carry a state over between sequences that do not follow on one another."""
    if stateful and not task.streams:
        return (
            "the sequences of this task do not follow on one another, so that no state can be "
            "carried over; take stateful = false"
        )
    return None


@rule(TASK_RULES)
def lanes_have_windows_to_carry_over(
    stateful: bool, batch_size: int, output: str, task: Task
) -> str | None:
    """Refuse to carry a state over in lanes of a single window."""
    if not stateful or not task.streams or output not in task.available_outputs:
        return None
    n_train = task.shape(output).n_train
    if batch_size < n_train:
        return None
    smaller = f"batch_size below {n_train}, or " if n_train > 1 else ""
    more = "a larger n_train" if "n_train" in type(task).model_fields else "a shorter seq_len"
    return (
        f"each row of a batch carries the state along its own lane of the {n_train} training "
        f"windows, and these lanes have one window each; take {smaller}more windows by {more}, "
        "or stateful = false"
    )


@rule(TASK_RULES)
def windows_are_shorter_than_sequences(
    gradient: str, truncation: int, output: str, task: Task
) -> str | None:
    """Refuse windows as long as the sequences, which truncate nothing."""
    if gradient != "truncated" or output not in task.available_outputs:
        return None
    seq_len = task.shape(output).seq_len
    if truncation < seq_len:
        return None
    shorter = f"truncation below {seq_len}, or " if seq_len > 1 else ""
    return (
        f"sequences of {seq_len} time steps fit into one window, so that nothing is truncated; "
        f'take {shorter}gradient = "bptt" with truncation = 0'
    )


@rule(TASK_RULES)
def accuracy_is_measured(accuracy_above: float, loss: str, task: Task) -> str | None:
    """Refuse success by an accuracy that is not measured."""
    if accuracy_above > 0 and loss not in _WITH_ACCURACY and "accuracy" not in task.scores:
        return (
            f'the loss "{loss}" on this task has no accuracy; take val_loss_below, '
            "or accuracy_above = 0"
        )
    return None


@rule(TASK_RULES)
def every_part_holds_a_sequence(output: str, task: Task) -> str | None:
    """Refuse parts without a sequence.

    The output "every" takes windows away from the later parts of a series.
    """
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
