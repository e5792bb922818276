"""The twin of the cell `lstm_full_gate_recurrence`: Greff et al. 2017, FGR.

Nine more matrices: R_ii, R_if, R_io multiply the input gate of the time step before, and
so on for the other two gates.
"""

STATES = ("h", "c", "i", "f", "o")


def step(p, activation, x, state):
    h, c, i, f, o = state
    r_ii, r_if, r_io = (i @ p["W_i_prev_h"]).parts(3)
    r_fi, r_ff, r_fo = (f @ p["W_f_prev_h"]).parts(3)
    r_oi, r_of, r_oo = (o @ p["W_o_prev_h"]).parts(3)
    z_i, z_f, z_g, z_o = (x @ p["W_xh"] + h @ p["W_hh"] + p["b_h"]).parts(4)
    i = (z_i + p["p_i"] * c + r_ii + r_fi + r_oi).through("sigmoid")
    f = (z_f + p["p_f"] * c + r_if + r_ff + r_of).through("sigmoid")
    c = z_g.through(activation) * i + c * f
    o = (z_o + p["p_o"] * c + r_io + r_fo + r_oo).through("sigmoid")
    return (c.through(activation) * o, c, i, f, o), [z_g, c]
