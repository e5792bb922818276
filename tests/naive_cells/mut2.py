"""The twin of the cell `mut2` (Jozefowicz, Zaremba and Sutskever 2015), with x W for r's x."""

STATES = ("h",)


def step(p, activation, x, state):
    (h,) = state
    x_r, x_z, x_n = (x @ p["W_xh"] + p["b_h"]).parts(3)
    h_r, h_z = (h @ p["W_hh"]).parts(2)
    z = (x_z + h_z).through("sigmoid")
    r = (x_r + h_r).through("sigmoid")
    z_n = (r * h) @ p["W_rh_h"] + x_n
    return (z_n.through(activation) * z + h * (1 - z),), [z_n]
