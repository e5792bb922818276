"""The twin of the cell `mut1` (Jozefowicz, Zaremba and Sutskever 2015), with x W for tanh's x."""

STATES = ("h",)


def step(p, activation, x, state):
    (h,) = state
    x_r, x_z, x_n = (x @ p["W_xh"]).parts(3)
    b_r, b_z = p["b_h"].parts(2)  # x_n has no bias
    z = (x_z + b_z).through("sigmoid")
    r = (x_r + h @ p["W_hh"] + b_r).through("sigmoid")
    z_n = (r * h) @ p["W_rh_h"] + x_n.through(activation) + p["b_hn"]
    return (z_n.through(activation) * z + h * (1 - z),), [x_n, z_n]
