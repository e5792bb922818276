"""What is to be forecast where sequences are drawn: the last target of each."""

from collections.abc import Iterator

import numpy as np

from rnnsweep.array_types import Floats
from rnnsweep.vocabulary import MEAN, MOST_SEQUENCES, PERSISTENCE

from .base import PartChunks
from .forecast_windows import ForecastWindows, SeriesToForecast
from .parts import Part
from .scaling import UNSCALED


def drawn_series(chunks: PartChunks, target: str, horizon: int = 1) -> SeriesToForecast:
    """Return what is to be forecast, from the parts of a task with one output, "last".

    These are the first `MOST_SEQUENCES` of each part. Their naive forecasts are the mean of the
    training targets, and persistence where a part has it.
    """
    train, *others = chunks
    mean = float(np.concatenate([part.y[:, 0] for part in _first(train)]).mean())
    windows = (
        windows
        for name, part_chunks in zip(("validation", "test"), others, strict=True)
        for windows in _windows(name, part_chunks, mean)
    )
    return SeriesToForecast(target, horizon, 0, True, windows)


def _windows(name: str, chunks: Iterator[Part], mean: float) -> Iterator[ForecastWindows]:
    first = 0
    for part in _first(chunks):
        n = len(part.x)
        rows = np.arange(first, first + n)
        naive: dict[str, Floats] = {MEAN: np.full(n, mean)}
        if part.persistence is not None:
            naive[PERSISTENCE] = part.persistence[:, 0]
        truth = part.y[:, 0]
        yield ForecastWindows(name, part.x, UNSCALED, rows, None, truth, naive, part.lengths)
        first += n


def _first(chunks: Iterator[Part]) -> Iterator[Part]:
    """Yield the first `MOST_SEQUENCES` sequences; what follows is not drawn."""
    n_left = MOST_SEQUENCES
    for part in chunks:
        yield Part(
            part.x[:n_left],
            part.y[:n_left],
            None if part.persistence is None else part.persistence[:n_left],
            None if part.lengths is None else part.lengths[:n_left],
        )
        n_left -= len(part.x)
        if n_left <= 0:
            return
