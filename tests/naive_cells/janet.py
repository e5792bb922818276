"""The twin of the cell `janet` (van der Westhuizen and Lasenby 2018)."""

STATES = ("h",)


def step(p, activation, x, state, beta=1.0):
    (c,) = state
    s, z_c = (x @ p["W_xh"] + c @ p["W_hh"] + p["b_h"]).parts(2)
    kept = s.through("sigmoid") * c
    new = (1 - (s - beta).through("sigmoid")) * z_c.through(activation)
    return (kept + new,), [z_c]
