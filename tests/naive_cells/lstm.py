"""The twin of the cell `lstm`, as PyTorch's page of nn.LSTM has it."""

STATES = ("h", "c")


def step(p, activation, x, state):
    h, c = state
    z_i, z_f, z_g, z_o = (x @ p["W_xh"] + h @ p["W_hh"] + p["b_h"]).parts(4)
    i, f, o = (z.through("sigmoid") for z in (z_i, z_f, z_o))
    c = f * c + i * z_g.through(activation)
    return (o * c.through(activation), c), [z_g, c]
