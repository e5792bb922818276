"""The twin of the cell `cfn` (Laurent and von Brecht 2017)."""

STATES = ("h",)


def step(p, activation, x, state):
    (h,) = state
    x_theta, x_eta, w_x = (x @ p["W_xh"]).parts(3)
    h_theta, h_eta = (h @ p["W_hh"]).parts(2)
    b_theta, b_eta = p["b_h"].parts(2)  # w_x has no bias
    theta = (h_theta + x_theta + b_theta).through("sigmoid")
    eta = (h_eta + x_eta + b_eta).through("sigmoid")
    return (theta * h.through(activation) + eta * w_x.through(activation),), [h, w_x]
