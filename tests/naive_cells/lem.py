"""The twin of the cell `lem` (Rusch et al. 2022): y is h."""

STATES = ("h", "z")


def step(p, activation, x, state, dt=1.0):
    y, z = state
    x_1, x_2, x_z, x_y = (x @ p["W_xh"] + p["b_h"]).parts(4)
    y_1, y_2, y_z = (y @ p["W_hh"]).parts(3)
    step_z = dt * (x_1 + y_1).through("sigmoid")
    step_y = dt * (x_2 + y_2).through("sigmoid")
    z_z = x_z + y_z
    z = (1 - step_z) * z + step_z * z_z.through(activation)
    z_y = x_y + z @ p["W_z_h"]
    y = (1 - step_y) * y + step_y * z_y.through(activation)
    return (y, z), [z_z, z_y]
