"""The twin of the cell `lstm_no_input_activation`: Greff et al. 2017, NIAF, g(x) = x."""

STATES = ("h", "c")


def step(p, activation, x, state):
    h, c = state
    z_i, z_f, z_g, z_o = (x @ p["W_xh"] + h @ p["W_hh"] + p["b_h"]).parts(4)
    i = (z_i + p["p_i"] * c).through("sigmoid")
    f = (z_f + p["p_f"] * c).through("sigmoid")
    c = z_g * i + c * f
    o = (z_o + p["p_o"] * c).through("sigmoid")
    return (c.through(activation) * o, c), [c]
