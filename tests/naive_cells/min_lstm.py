"""The twin of the cell `min_lstm` (Feng et al. 2024)."""

STATES = ("h",)


def step(p, activation, x, state):
    (h,) = state
    z_f, z_i, candidate = (x @ p["W_xh"] + p["b_h"]).parts(3)
    f, i = z_f.through("sigmoid"), z_i.through("sigmoid")
    total = f + i
    return ((f / total) * h + (i / total) * candidate,), []
