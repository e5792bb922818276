"""The twin of the cell `lstm_no_output_gate`: Greff et al. 2017, NOG, o = 1."""

STATES = ("h", "c")


def step(p, activation, x, state):
    h, c = state
    z_i, z_f, z_g = (x @ p["W_xh"] + h @ p["W_hh"] + p["b_h"]).parts(3)
    i = (z_i + p["p_i"] * c).through("sigmoid")
    f = (z_f + p["p_f"] * c).through("sigmoid")
    c = z_g.through(activation) * i + c * f
    return (c.through(activation), c), [z_g, c]
