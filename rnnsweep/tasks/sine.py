"""The next value of a noisy sine."""

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from .base import Fault, Topic
from .generated import row_chunks
from .parts import Part
from .series import ForecastTask, forecast_part


class Sine(ForecastTask):
    """A sine of random phase and frequency with noise on every value; predict the next one.

    The value at time t is sin(2 pi f t + phase) + noise * N(0, 1), with the phase uniform over
    a full turn and f uniform between the two frequencies. The target is the next value with its
    noise, so that no mean squared error below noise**2 can be expected.
    """

    line: ClassVar[str] = "the next value of a noisy sine of random phase and frequency"
    topic: ClassVar[Topic] = "forecast"
    series_name: ClassVar[str] = "noisy sine"

    name: Literal["sine"] = "sine"
    noise: float = Field(
        default=0.1, ge=0, le=1e6, description="standard deviation of the noise; amplitude is 1"
    )
    min_frequency: float = Field(
        default=0.05, gt=0, le=0.5, description="lowest frequency, cycles per time step"
    )
    max_frequency: float = Field(
        default=0.2, gt=0, le=0.5, description="highest frequency, cycles per time step"
    )

    def faults(self) -> Iterator[Fault]:
        """Yield a fault if the lowest frequency is above the highest."""
        if self.min_frequency > self.max_frequency:
            yield Fault(
                ("min_frequency", "max_frequency"),
                "the lowest frequency is above the highest; exchange the two",
            )

    def target_range(self) -> tuple[float, float]:
        """Return (-1, 1), or no bounds if there is noise."""
        return (-1.0, 1.0) if self.noise == 0.0 else (-np.inf, np.inf)

    def _draw(self, rng: np.random.Generator, n: int, output: str) -> Iterator[Part]:
        T = self.seq_len
        frequency = rng.uniform(self.min_frequency, self.max_frequency, (n, 1))
        phase = rng.uniform(0.0, 2.0 * np.pi, (n, 1))
        for rows in row_chunks(n, T):
            series = np.sin(2.0 * np.pi * frequency[rows] * np.arange(T + 1) + phase[rows])
            series += self.noise * rng.standard_normal(series.shape)
            yield forecast_part(series, 1, output)
