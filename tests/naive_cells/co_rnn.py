"""The twin of the cell `co_rnn` (Rusch and Mishra 2021): y is h, and its velocity z."""

STATES = ("h", "z")


def step(p, activation, x, state, dt=0.042, gamma=2.7, epsilon=4.7):
    y, z = state
    a = x @ p["W_xh"] + y @ p["W_hh"] + z @ p["W_z_prev_h"] + p["b_h"]
    z = z + dt * a.through(activation) - dt * gamma * y - dt * epsilon * z
    return (y + dt * z, z), [a]
