"""What a trial costs in arithmetic and memory, told from its settings alone."""

from .params import Sizes, count_params

# Blocks of this many sequences fill the products of a small batch when losses are evaluated.
_EVALUATION_BLOCK = 32


def block_capacity(batch_size: int, n_train: int, n_val: int) -> int:
    """Return the number of sequences that the work arrays of a trial hold at once."""
    return max(min(batch_size, n_train), min(_EVALUATION_BLOCK, n_val))


def update_flops(sizes: Sizes, seq_len: int, batch: int, n_out: int) -> int:
    """Return the floating-point operations of the products of one update.

    Forward, and twice that backward: 6 B T H^2 for the recurrent weights, 6 B H O for each time
    step with an output, and 4 B T I H for the input weights, whose input needs no gradient.
    """
    i, h, o = sizes
    return batch * (seq_len * (6 * h * h + 4 * i * h) + 6 * n_out * h * o)


def epoch_flops(sizes: Sizes, seq_len: int, n_out: int, n_train: int, n_val: int) -> float:
    """Return the floating-point operations of the products of one epoch.

    A third of an update's operations are the forward pass, which is all that validation takes.
    """
    return (n_train + n_val / 3) * update_flops(sizes, seq_len, 1, n_out)


def trial_bytes(
    sizes: Sizes, seq_len: int, n_out: int, n_sequences: int, capacity: int, itemsize: int
) -> int:
    """Return the bytes that one trial holds at its peak.

    Data, with the float64 originals that they are made from; the orders of the sequences; work
    arrays; params and optimiser state.
    """
    i, h, o = sizes
    data = n_sequences * (seq_len * (i + 1) + n_out * o) * (itemsize + 8)
    orders = 16 * n_sequences
    work = capacity * (seq_len * (i + 1 + 2 * h) + 3 * n_out * o + 3 * h) + h * (h + o)
    return data + orders + itemsize * (work + 5 * count_params(sizes))
