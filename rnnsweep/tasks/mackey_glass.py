"""The Mackey-Glass series: a system with delayed feedback, chaotic from a delay of 17 on."""

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from .base import Topic
from .series import SeriesTask

_GAIN = 0.2
_DECAY = 0.1
_START = 1.2
_SPREAD = 0.2
# A Runge-Kutta step of h = 1 with k1 = g - b x, where the delayed feedback g is constant:
# k2 = k1 (1 - b/2), k3 = k1 (1 - b/2 + b^2/4), k4 = k1 (1 - b + b^2/2 - b^3/4), hence
# x + (k1 + 2 k2 + 2 k3 + k4) / 6 = x + k1 (1 - b/2 + b^2/6 - b^3/24).
_STEP = 1 - _DECAY / 2 + _DECAY**2 / 6 - _DECAY**3 / 24


class MackeyGlass(SeriesTask):
    """Forecast dx/dt = 0.2 x(t - tau) / (1 + x(t - tau)^10) - 0.1 x(t), in steps of 1.

    Integrated by fourth-order Runge-Kutta, with the delayed value constant over a step, as
    ReservoirPy does. Each series starts at x(0) = 1.2 with another past x(-tau), ..., x(-1),
    uniform in [1.1, 1.3). Chaos is slow here: after 500 time steps such series still move
    together. Therefore the washout of each series is drawn, uniform over the whole numbers from
    `washout` to twice that. Values lie between 0.3 and 1.4 and are not scaled.

    References
    ----------
    Mackey and Glass 1977; a = 0.2, b = 0.1, n = 10, tau = 17 as Jaeger and Haas 2004.
    """

    line: ClassVar[str] = "forecast of the chaotic Mackey-Glass series"
    topic: ClassVar[Topic] = "forecast"
    series_name: ClassVar[str] = "Mackey-Glass x"

    name: Literal["mackey_glass"] = "mackey_glass"
    tau: int = Field(default=17, ge=1, le=1000, description="the delay, in time steps")

    def _series(self, rng: np.random.Generator, n: int, n_time: int) -> NDArray[np.float64]:
        tau, n_steps = self.tau, 2 * self.washout + n_time
        # Row i is x(i - tau).
        x = np.empty((tau + n_steps, n))
        x[:tau] = _START + _SPREAD * (rng.random((tau, n)) - 0.5)
        x[tau] = _START
        first = tau + rng.integers(self.washout, 2 * self.washout, size=n, endpoint=True)
        for now in range(tau, tau + n_steps - 1):
            delayed = x[now - tau]
            squared = delayed * delayed
            fourth = squared * squared
            slope = _GAIN * delayed / (1.0 + fourth * fourth * squared) - _DECAY * x[now]
            x[now + 1] = x[now] + _STEP * slope
        return np.take_along_axis(x, first + np.arange(n_time)[:, np.newaxis], axis=0)
