"""NARMA-10: the output of a nonlinear system of order ten from its random input."""

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from .base import Topic
from .parts import Part
from .series import CHUNK, MAX_WASHOUT, ForecastTask

_ORDER = 10
_BLOWN_UP = 2.0


class Narma(ForecastTask):
    """The target is the output y of a system whose input u, uniform in [0, 0.5), the network sees.

    y(t + 1) = 0.3 y(t) + 0.05 y(t) (y(t) + ... + y(t - 9)) + 1.5 u(t - 9) u(t) + 0.1

    The input at time step t is u(t), the target y(t + 1), the first output that depends on u(t).
    Before the washout both u and y are 0. Without a washout the target is a function of what the
    network sees; with one the first targets depend on inputs that it has not seen. A sequence
    with an output above 2 is drawn again: outputs stay below about 1.7, and beyond it they grow
    to infinity (0.05 % of sequences with 200 time steps, 0.7 % of those with 1600). There is no
    persistence, since the network does not see y.

    References
    ----------
    Atiya and Parlos 2000, equation 86; Jaeger 2003.
    """

    line: ClassVar[str] = "output of the tenth-order system NARMA-10 (Atiya and Parlos 2000)"
    topic: ClassVar[Topic] = "forecast"
    series_name: ClassVar[str] = "NARMA-10 output"

    name: Literal["narma"] = "narma"
    washout: int = Field(
        default=100,
        ge=0,
        le=MAX_WASHOUT,
        description="time steps that are left out at the start of each sequence",
    )

    def target_range(self) -> tuple[float, float]:
        """Return (0.1, 2): outputs begin at 0.1 and are drawn again above 2."""
        return 0.1, _BLOWN_UP

    def _draw(self, rng: np.random.Generator, n: int, output: str) -> Iterator[Part]:
        T = self.seq_len
        n_targets = T if output == "every" else 1
        for start in range(0, n, CHUNK):
            u, following_y = self._bounded(rng, min(CHUNK, n - start))
            x, y = (
                np.array(values.T[:, :, np.newaxis], order="C")
                for values in (u[-T:], following_y[-n_targets:])
            )
            yield Part(x, y if output == "every" else y[:, 0])

    def _bounded(
        self, rng: np.random.Generator, n: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return what `_run` returns, with the systems that blow up drawn again."""
        u, y = self._run(rng, n)
        while (blown := np.flatnonzero(~(y <= _BLOWN_UP).all(axis=0))).size:
            u[:, blown], y[:, blown] = self._run(rng, blown.size)
        return u, y

    def _run(
        self, rng: np.random.Generator, n: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return u(t) and y(t + 1) of n systems, arrays (washout + T, n)."""
        n_steps = self.washout + self.seq_len
        past = _ORDER - 1
        # Row i is u(i - 9) and y(i - 9).
        u = np.zeros((past + n_steps, n))
        u[past:] = rng.uniform(0.0, 0.5, (n_steps, n))
        y = np.zeros((past + n_steps + 1, n))
        with np.errstate(over="ignore", invalid="ignore"):
            for t in range(past, past + n_steps):
                recent = y[t - past : t + 1].sum(axis=0)
                y[t + 1] = 0.3 * y[t] + 0.05 * y[t] * recent + 1.5 * u[t - past] * u[t] + 0.1
        return u[past:], y[past + 1 :]
