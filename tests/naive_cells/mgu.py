"""The twin of the cell `mgu` (Zhou, Wu, Zhang and Zhou 2016)."""

STATES = ("h",)


def step(p, activation, x, state):
    (h,) = state
    x_f, x_h = (x @ p["W_xh"] + p["b_h"]).parts(2)
    f = (x_f + h @ p["W_hh"]).through("sigmoid")
    z_h = x_h + (f * h) @ p["W_fh_h"]
    return ((1 - f) * h + f * z_h.through(activation),), [z_h]
