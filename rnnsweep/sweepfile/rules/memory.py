"""Rules that keep a trial within the memory of the machine."""

from rnnsweep.cells import Cell
from rnnsweep.cells.stack_shapes import factor_shapes, n_numbers, stack_shapes
from rnnsweep.precision import item_bytes
from rnnsweep.tasks import Shape, Task

from .rule import Rule, rule

MAX_DATA_BYTES = 4 * 2**30
MAX_NETWORK_BYTES = 8 * 2**30

MEMORY_RULES: list[Rule] = []


@rule(MEMORY_RULES)
def data_fits_in_memory(output: str, task: Task) -> str | None:
    """Refuse data that do not fit into memory."""
    if output not in task.available_outputs:
        return None
    shape = task.shape(output)
    sequences = shape.n_train + shape.n_val + shape.n_test
    # A symbol or a class is one number, however many there are.
    inputs = 1 if task.has_symbols else shape.input_size
    outputs = 1 if task.n_classes > 0 else shape.output_size
    n_out = shape.seq_len if output == "every" else 1
    # Targets and what persistence predicts have one shape.
    needed = 8 * sequences * (shape.seq_len * inputs + 2 * n_out * outputs)
    if needed > MAX_DATA_BYTES:
        return (
            f"{sequences} sequences of {shape.seq_len} time steps and {inputs} inputs "
            f"take {_gib(needed)}; allowed: {_gib(MAX_DATA_BYTES)} a trial; "
            "take fewer or shorter sequences"
        )
    return None


@rule(MEMORY_RULES, grows=True)
def network_fits_in_memory(
    cell: Cell,
    num_layers: int,
    hidden_size: int,
    batch_size: int,
    recurrent: str,
    dtype: str,
    output: str,
    task: Task,
) -> str | None:
    """Refuse a network that does not fit into memory.

    It counts the values that the time steps of a batch keep, and the weights four times: with
    their gradients and two moments. Where something else is learned in place of the recurrent
    weights, these and their gradients are in addition.
    """
    if output not in task.available_outputs:
        return None
    shape = task.shape(output)
    batch = min(batch_size, shape.n_train)
    program = cell.program
    weights = n_params(cell, num_layers, hidden_size, "free", 0, shape)
    copies = 4 if recurrent == "free" else 6
    kept = len(program.kept) + len(cell.states)
    # For each unit of a sequence: what every time step keeps, and what one needs.
    arrays = num_layers * kept * (shape.seq_len + 1) + len(program.scratch)
    needed = (arrays * batch * hidden_size + copies * weights) * item_bytes(dtype)
    if needed > MAX_NETWORK_BYTES:
        return (
            f"training on {batch} sequences of {shape.seq_len} time steps at once takes "
            f"{_gib(needed)}; allowed: {_gib(MAX_NETWORK_BYTES)} a trial; "
            "take a smaller batch_size, hidden_size or num_layers"
        )
    return None


def n_params(
    cell: Cell, num_layers: int, hidden_size: int, recurrent: str, rank: int, shape: Shape
) -> int:
    """Return the length of the flat vector of a network's params, for a task of this shape."""
    factors = factor_shapes(recurrent, hidden_size, rank)
    inputs, outputs = shape.input_size, shape.output_size
    return n_numbers(stack_shapes(cell, inputs, hidden_size, outputs, num_layers, factors))


def _gib(n_bytes: int) -> str:
    return f"{n_bytes / 2**30:.1f} GiB"
