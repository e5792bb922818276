"""The twin of the cell `min_gru` (Feng et al. 2024)."""

STATES = ("h",)


def step(p, activation, x, state):
    (h,) = state
    z_z, candidate = (x @ p["W_xh"] + p["b_h"]).parts(2)
    z = z_z.through("sigmoid")
    return ((1 - z) * h + z * candidate,), []
