"""The twin of the cell `gru`, as PyTorch's page of nn.GRU has it."""

STATES = ("h",)


def step(p, activation, x, state):
    (h,) = state
    x_r, x_z, x_n = (x @ p["W_xh"] + p["b_h"]).parts(3)
    h_r, h_z, h_n = (h @ p["W_hh"]).parts(3)
    r = (x_r + h_r).through("sigmoid")
    z = (x_z + h_z).through("sigmoid")
    z_n = x_n + r * (h_n + p["b_hn"])
    return ((1 - z) * z_n.through(activation) + z * h,), [z_n]
