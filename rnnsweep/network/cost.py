"""The arithmetic and memory that a trial takes, computed from its settings alone."""

from .layout import Sizes, flat_size
from .recurrent import FREE

# Blocks of this many sequences fill the products of a small batch when losses are evaluated.
_EVALUATION_BLOCK = 32
# The time of an operation in the inverse of "orthogonal", in that of an operation in a product.
_INVERSE_COSTS = 30


def block_capacity(batch_size: int, n_train: int, n_val: int) -> int:
    """Return the number of sequences in a block for which the work arrays of a trial have room."""
    return max(min(batch_size, n_train), min(_EVALUATION_BLOCK, n_val))


def update_flops(sizes: Sizes, seq_len: float, batch: int, n_out: float) -> float:
    """Return the floating-point operations of the products of one update.

    Forward, and twice that backward: 6 B T H^2 for each recurrent matrix, 6 B H O for each time
    step with an output, and 4 B T I H for a sum's input weights, whose input needs no gradient; in
    the layers above the first it does, and I is H.
    """
    i, h, o = sizes[:3]
    recurrent = 6 * sizes.layers * len(sizes.program.products) * h * h
    inputs = sizes.n_sums * (4 * i * h + 6 * (sizes.layers - 1) * h * h)
    return batch * (seq_len * (recurrent + inputs) + 6 * n_out * h * o)


def epoch_flops(sizes: Sizes, seq_len: float, n_out: float, n_train: int, n_val: int) -> float:
    """Return the floating-point operations of the products of one epoch.

    A third of an update's operations are the forward pass, which is all that validation takes.
    """
    return (n_train + n_val / 3) * update_flops(sizes, seq_len, 1, n_out)


def data_bytes(
    n_sequences: int, seq_len: int, n_out: int, n_inputs: int, n_targets: int, itemsize: int
) -> int:
    """Return the bytes of a trial's data while they are made.

    There are `n_inputs` numbers for each time step and `n_targets` for each output, 1 for symbols
    and for classes, and two numbers for each sequence's place in the order of an epoch. The 64-bit
    originals of targets and of symbols are in memory as a whole, those of other inputs in chunks.
    """
    a_time_step = n_inputs * itemsize if n_inputs > 1 else 16
    return n_sequences * (seq_len * a_time_step + n_out * n_targets * (itemsize + 8) + 16)


def training_bytes(sizes: Sizes, seq_len: int, n_out: int, capacity: int, itemsize: int) -> int:
    """Return the bytes that the training of one trial takes in addition to its data.

    Counted are work arrays for `capacity` sequences at once, parameters and optimizer state.
    """
    (i, h, o), program, n_states = sizes[:3], sizes.program, len(sizes.record.states)
    # Gradients by every state where they come from above, and a copy of the states where
    # sequences end at different times.
    kept = sizes.layers * (len(program.kept) + n_states) + (sizes.layers > 1 or n_out > 1)
    rows = i + 1 + (kept + program.n_fed_states) * h
    without_time = (2 * sizes.layers * n_states + len(program.scratch) + 2) * h
    work = capacity * (seq_len * rows + 3 * n_out * o + without_time)
    transposed = h * ((len(program.products) + (sizes.layers > 1)) * h + o)
    params = 5 * flat_size(sizes)
    if sizes.recurrent != FREE:
        params += 2 * flat_size(sizes.effective)
    # The elimination of "orthogonal" is in float64.
    inverse = 8 * h * h if sizes.recurrent.kind == "orthogonal" else 0
    return itemsize * (work + transposed + params + constraint_work(sizes)) + inverse


def constraint_work(sizes: Sizes) -> int:
    """Return the numbers of the network's precision that its constraint takes for work."""
    h, rank = sizes.hidden, sizes.recurrent.rank
    return {"orthogonal": 2 * h * h, "low_rank": h * rank}.get(sizes.recurrent.kind, 0)


def constraint_flops(sizes: Sizes) -> float:
    """Return the floating-point operations that the constraint adds to one update.

    For each recurrent matrix 6 H^2 rank for the product of "low_rank" and its gradients, and 4 H^3
    for the gradient of "orthogonal". Its inverse, 2 H^3, counts as many as products make in that
    time.
    """
    h, recurrent = sizes.hidden, sizes.recurrent
    orthogonal = (4 + 2 * _INVERSE_COSTS) * h**3
    by_kind = {"orthogonal": orthogonal, "low_rank": 6 * h * h * recurrent.rank}
    return sizes.layers * len(sizes.program.products) * by_kind.get(recurrent.kind, 0)
