"""The Lorenz system, seen through one of its three variables."""

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from .base import Topic
from .series import SeriesTask

_SIGMA, _RHO, _BETA = 10.0, 28.0, 8 / 3
_H = 0.03
_SCALE = 0.1


class Lorenz(SeriesTask):
    """Forecast x of dx/dt = 10 (y - x), dy/dt = x (28 - z) - y, dz/dt = x y - (8/3) z.

    Integrated by fourth-order Runge-Kutta in steps of 0.03, from x and y uniform in [-15, 15) and
    z uniform in [10, 40). The network sees x / 10 alone, values between -2 and 2: with all three
    variables the next state would be a function of the present one, and nothing would have to be
    remembered.

    References
    ----------
    Lorenz 1963.
    """

    line: ClassVar[str] = "forecast of x of the chaotic Lorenz system, from x alone"
    topic: ClassVar[Topic] = "forecast"
    series_name: ClassVar[str] = "Lorenz x / 10"

    name: Literal["lorenz"] = "lorenz"

    def _series(self, rng: np.random.Generator, n: int, n_time: int) -> NDArray[np.float64]:
        state = rng.uniform([[-15.0], [-15.0], [10.0]], [[15.0], [15.0], [40.0]], (3, n))
        x = np.empty((n_time, n))
        for step in range(self.washout + n_time):
            if step >= self.washout:
                x[step - self.washout] = _SCALE * state[0]
            k1 = _slope(state)
            k2 = _slope(state + _H / 2 * k1)
            k3 = _slope(state + _H / 2 * k2)
            k4 = _slope(state + _H * k3)
            state = state + _H / 6 * (k1 + 2.0 * (k2 + k3) + k4)
        return x


def _slope(state: NDArray[np.float64]) -> NDArray[np.float64]:
    x, y, z = state
    slope = np.empty_like(state)
    slope[0] = _SIGMA * (y - x)
    slope[1] = x * (_RHO - z) - y
    slope[2] = x * y - _BETA * z
    return slope
