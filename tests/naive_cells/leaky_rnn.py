"""The twin of the cell `leaky_rnn` (Yang et al. 2019) without its noise."""

STATES = ("h",)


def step(p, activation, x, state, alpha=0.2):
    (r,) = state
    z = x @ p["W_xh"] + r @ p["W_hh"] + p["b_h"]
    return ((1 - alpha) * r + alpha * z.through(activation),), [z]
