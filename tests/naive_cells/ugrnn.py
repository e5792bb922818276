"""The twin of the cell `ugrnn` (Collins, Sohl-Dickstein and Sussillo 2017)."""

STATES = ("h",)


def step(p, activation, x, state):
    (h,) = state
    z_g, z_c = (x @ p["W_xh"] + h @ p["W_hh"] + p["b_h"]).parts(2)
    g = z_g.through("sigmoid")
    return (g * h + (1 - g) * z_c.through(activation),), [z_c]
