"""The twin of the cell `rnn` (Elman 1990), as PyTorch's page of nn.RNN has it."""

STATES = ("h",)


def step(p, activation, x, state):
    (h,) = state
    z = x @ p["W_xh"] + h @ p["W_hh"] + p["b_h"]
    return (z.through(activation),), [z]
