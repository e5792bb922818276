"""The twin of the cell `lstm_coupled`: Greff et al. 2017, CIFG, f = 1 - i."""

STATES = ("h", "c")


def step(p, activation, x, state):
    h, c = state
    z_i, z_g, z_o = (x @ p["W_xh"] + h @ p["W_hh"] + p["b_h"]).parts(3)
    i = (z_i + p["p_i"] * c).through("sigmoid")
    f = 1 - i
    c = z_g.through(activation) * i + c * f
    o = (z_o + p["p_o"] * c).through("sigmoid")
    return (c.through(activation) * o, c), [z_g, c]
