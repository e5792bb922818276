"""The twin of the cell `gru_v1` (Cho et al. 2014)."""

STATES = ("h",)


def step(p, activation, x, state):
    (h,) = state
    x_r, x_z, x_n = (x @ p["W_xh"] + p["b_h"]).parts(3)
    u_r, u_z = (h @ p["W_hh"]).parts(2)
    r = (x_r + u_r).through("sigmoid")
    z = (x_z + u_z).through("sigmoid")
    z_n = x_n + (r * h) @ p["W_rh_h"]
    return (z * h + (1 - z) * z_n.through(activation),), [z_n]
