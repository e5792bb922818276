"""The twin of the cell `ind_rnn` (Li et al. 2018)."""

STATES = ("h",)


def step(p, activation, x, state):
    (h,) = state
    z = x @ p["W_xh"] + p["u"] * h + p["b_h"]
    return (z.through(activation),), [z]
