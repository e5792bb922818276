"""The screen of `plan`: what a run would do."""

from rich.text import Text

from rnnsweep.byte_sizes import bytes_text
from rnnsweep.execution.plan import Plan
from rnnsweep.execution.progress import counted
from rnnsweep.value_text import distinct_texts

from .console import make_console, plain_table

_SHOWN_VALUES = 8


def print_plan(plan: Plan) -> None:
    """Show what a run would do."""
    console = make_console()
    axes = plain_table()
    for axis in plan.axes:
        shown = ", ".join(distinct_texts(axis.values[:_SHOWN_VALUES]))
        more = ", ..." if len(axis.values) > _SHOWN_VALUES else ""
        count = f"{len(axis.values):,}" + (" draws" if axis.form == "random" else "")
        axes.add_row(Text(axis.name), Text(count), Text(shown + more), Text(axis.note))
    if plan.axes:
        console.print(axes)
        console.print()
    of_file = f" of {plan.n_in_file:,}, shard {plan.shard}" if plan.shard else ""
    rows = [
        ("trials", f"{plan.n_trials:,}{of_file}"),
        ("done already", f"{plan.n_done:,} in {plan.folder}"),
        ("to train", f"{plan.n_trials - plan.n_done:,}, {plan.jobs} at a time"),
        ("epochs", f"{'at most ' * plan.may_stop}{plan.n_epochs:,} in all trials"),
        ("memory", bytes_text(plan.memory_bytes) + _shortage(plan)),
        ("disk", bytes_text(plan.disk_bytes)),
    ]
    if plan.seconds:
        about = "at most about" if plan.may_stop else "about"
        timed = counted(plan.n_timed, "trial")
        rows.append(("time", f"{about} {_duration(plan.seconds)}, from timing {timed}"))
    grid = plain_table()
    for row in rows:
        grid.add_row(*map(Text, row))
    console.print(grid)


def _shortage(plan: Plan) -> str:
    """Return what a run does where its trials need more memory than is free; "" if they do not."""
    if plan.memory_bytes <= plan.free_bytes:
        return ""
    if plan.largest_bytes <= plan.free_bytes:
        then = "fewer trials are trained at a time where they are large"
    else:
        largest = bytes_text(plan.largest_bytes)
        then = f"the largest trial, of {largest}, does not fit and would be recorded as failed"
    return f", and {bytes_text(plan.free_bytes)} are free for trials: {then}"


def _duration(seconds: float) -> str:
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.2g} seconds"
