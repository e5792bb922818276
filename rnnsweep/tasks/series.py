"""The base classes of forecasts of a drawn series: washout, horizon, targets and persistence."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from .base import MAX_SEQ_LEN
from .drawn_forecasts import drawn_series
from .forecast_windows import SeriesToForecast
from .generated import SequenceTask
from .parts import Part, Shape

MAX_WASHOUT = 10_000
# Number of series that are made at once. With a washout longer than the sequences, all at once
# would take many times the memory of the result.
CHUNK = 4096


class ForecastTask(SequenceTask):
    """Predict a value of a series at the end of a sequence, or at each of its time steps.

    Attributes
    ----------
    series_name : str
        What is predicted, as axes and sentences name it, such as "Lorenz x / 10".
    """

    outputs: ClassVar[tuple[str, ...]] = ("last", "every")
    forecasts: ClassVar[bool] = True
    series_name: ClassVar[str]

    def shape(self, output: str = "last") -> Shape:
        """Return the sizes: one value in, one out."""
        return Shape(self.seq_len, 1, 1, self.n_train, self.n_val, self.n_test)

    def to_forecast(self, seed: int) -> SeriesToForecast:
        """Return the sequences of the later parts, with the last target of each."""
        return drawn_series(self.chunks(seed), self.series_name, self._horizon)

    @property
    def _horizon(self) -> int:
        """How many time steps the target is after the last input."""
        return 1


class SeriesTask(ForecastTask):
    """Forecast a series: the input is a value, the target the value `horizon` time steps later.

    Each sequence is another series s(0), s(1), ..., which begins after the washout. The input at
    time step t is s(t), the target s(t + horizon), and persistence predicts s(t). A subclass
    makes the series step by step with sums and products alone, which every machine rounds in the
    same way.
    """

    horizon: int = Field(
        default=1, ge=1, le=MAX_SEQ_LEN, description="time steps from the last value to the target"
    )
    washout: int = Field(
        default=300,
        ge=0,
        le=MAX_WASHOUT,
        description="time steps that are left out at the start of each series",
    )

    @property
    def _horizon(self) -> int:
        return self.horizon

    def target_range(self) -> tuple[float, float]:
        """Return no bounds, since those of a series are known by experience alone."""
        return -np.inf, np.inf

    @abstractmethod
    def _series(self, rng: np.random.Generator, n: int, n_time: int) -> NDArray[np.float64]:
        """Return n series of n_time values after the washout, an array (n_time, n)."""

    def _draw(self, rng: np.random.Generator, n: int, output: str) -> Iterator[Part]:
        T = self.seq_len
        for start in range(0, n, CHUNK):
            series = self._series(rng, min(CHUNK, n - start), T + self.horizon)
            yield forecast_part(series.T, self.horizon, output)


def forecast_part(series: NDArray[np.float64], horizon: int, output: str) -> Part:
    """Return a part made of series (n, T + horizon), with targets `horizon` time steps ahead."""
    T = series.shape[1] - horizon
    x = np.array(series[:, :T, np.newaxis], order="C")
    if output == "every":
        return Part(x, np.array(series[:, horizon:, np.newaxis], order="C"), x.copy())
    return Part(x, series[:, -1:].copy("C"), series[:, T - 1 : T].copy("C"))
