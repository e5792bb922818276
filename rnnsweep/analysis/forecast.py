"""The forecasts of a network and of naive rules, the true values, and how wrong each was."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnnsweep.array_types import Floats
from rnnsweep.value_text import distinct_texts
from rnnsweep.vocabulary import MEAN, MOST_SEQUENCES, SEASONAL_NAIVE

from .forecast_difference import is_decided

NETWORK = "network"
VALIDATION, TEST = "validation", "test"
_IN_SENTENCES = {MEAN: "the mean", SEASONAL_NAIVE: "the seasonal naive forecast"}


class ForecastErrors(NamedTuple):
    """How wrong the forecasts of one predictor were on one part of the series.

    Attributes
    ----------
    part, predictor : str
    n : int
        How many forecasts there are.
    rmse, mae : float
        The root mean square and the mean absolute error, in the units of the target.
    """

    part: str
    predictor: str
    n: int
    rmse: float
    mae: float


@dataclass(frozen=True, eq=False)
class Forecast:
    """Forecasts of one series, in its own units: a row for each target.

    The targets are rows of a file in the order of time; or, where a task draws its sequences, the
    last target of each sequence, and the sequences are independent of each other.

    Attributes
    ----------
    trial_id : str
        The trial whose network forecasts.
    target : str
        The column, or what else is forecast.
    horizon, season : int
        How many rows or time steps ahead the target is, and the rows of a season; 0 without one.
    parts : (n,) list of str
        "validation" or "test".
    rows : (n,) int array
        The row of each target in the file, counted from 0; rows are left out where a value is
        missing. Or the number of its sequence in its part.
    times : (n,) list of str or None
        What the file calls these rows; None where no column names them.
    truth : (n,) array
    predictions : dict of (n,) arrays
        By predictor: "network" first, then the naive ones, "mean", "persistence" and perhaps
        "seasonal_naive".
    of_sequences : bool
        Whether each target is of a sequence of its own.
    """

    trial_id: str
    target: str
    horizon: int
    season: int
    parts: list[str]
    rows: NDArray[np.intp]
    times: list[str] | None
    truth: Floats
    predictions: dict[str, Floats]
    of_sequences: bool = False

    def part(self, part: str) -> "Forecast":
        """Return the forecasts of one part alone."""
        return self.at([place for place, other in enumerate(self.parts) if other == part])

    def at(self, places: Sequence[int]) -> "Forecast":
        """Return the forecasts at some places alone, which ascend."""
        return Forecast(
            self.trial_id,
            self.target,
            self.horizon,
            self.season,
            [self.parts[place] for place in places],
            self.rows[places],
            None if self.times is None else [self.times[place] for place in places],
            self.truth[places],
            {name: values[places] for name, values in self.predictions.items()},
            self.of_sequences,
        )

    def errors(self) -> list[ForecastErrors]:
        """Return how wrong each predictor was on the validation and on the test part."""
        return [*self.errors_on(VALIDATION), *self.errors_on(TEST)]

    def errors_on(self, part: str) -> list[ForecastErrors]:
        """Return how wrong each predictor was on one part, the network first."""
        of_part = self.part(part)
        truth = of_part.truth
        return [
            ForecastErrors(part, name, len(truth), root_mean_square(wrong), _mean_size(wrong, 1))
            for name, values in of_part.predictions.items()
            for wrong in (values - truth,)
        ]

    def beaten(self) -> list[str]:
        """Return the naive predictors whose RMSE on the test part is larger than the network's."""
        return _beaten({error.predictor: error.rmse for error in self.errors_on(TEST)})

    def undecided(self) -> list[str]:
        """Return the naive predictors that the network may differ from by chance on the test part.

        See `rnnsweep.analysis.forecast_difference`.
        """
        test = self.part(TEST)
        errors = {name: values - test.truth for name, values in test.predictions.items()}
        network = errors.pop(NETWORK)
        n_alike = 1 if self.of_sequences else self.horizon  # sequences are independent
        return [name for name, other in errors.items() if not is_decided(network, other, n_alike)]

    def targets_in_words(self, part: str, of_what: str = "") -> str:
        """Return what a part has forecasts of, as in "62 rows" or "the first 4,096 sequences"."""
        n = self.parts.count(part)
        first = "the first " if self.of_sequences and n == MOST_SEQUENCES else ""
        unit = "sequence" if self.of_sequences else "row"
        return f"{first}{n:,} {of_what}{unit}{'s' * (n != 1)}"

    @property
    def ahead(self) -> str:
        """How far ahead the forecasts are, as in "3 rows ahead"."""
        unit = "time step" if self.of_sequences else "row"
        return f"{self.horizon:,} {unit}{'s' * (self.horizon != 1)} ahead"

    def best_naive(self) -> str:
        """Return the naive predictor with the least RMSE on the validation part."""
        _, *naive = self.errors_on(VALIDATION)
        return min(naive, key=lambda error: error.rmse).predictor

    def verdict(self) -> str:
        """Return whether the network beats the naive forecasts on the test part, with the figures.

        It beats a forecast whose RMSE is larger. Where the mean absolute errors say otherwise, or
        chance may explain the difference, another sentence says so.
        """
        errors = self.errors_on(TEST)
        by_rmse = {error.predictor: error.rmse for error in errors}
        by_mae = {error.predictor: error.mae for error in errors}
        n = f"{self.targets_in_words(TEST)} of {self.target}"
        if self.horizon > 1:
            n += f", {self.ahead}"
        text = (
            f"On the test part ({n}) the best network's root mean square error (RMSE) is "
            f"{_compared(by_rmse)}."
        )
        if _beaten(by_mae) != _beaten(by_rmse):
            text += f" Its mean absolute error is {_compared(by_mae)}."
        if undecided := self.undecided():
            text += f" {may_be_chance(undecided)}."
        return text


def root_mean_square(errors: Floats) -> float:
    """Return the root mean square of errors of any size; infinite where one is not finite."""
    return _mean_size(errors, 2)


def _mean_size(errors: Floats, power: int) -> float:
    """Return the mean of a power of the errors' sizes, and of that the root."""
    sizes = np.abs(errors)
    largest = float(sizes.max())
    if largest == 0:
        return 0.0
    if not np.isfinite(largest):  # a forecast that is not a number is as wrong as can be
        return float("inf")
    return largest * float(np.mean((sizes / largest) ** power) ** (1 / power))


def _beaten(errors: dict[str, float]) -> list[str]:
    """Return the naive predictors with larger errors than the network."""
    return [name for name, error in errors.items() if errors[NETWORK] < error]


def _compared(errors: dict[str, float]) -> str:
    """Return the errors of all predictors, and which of the naive ones the network beats."""
    texts = dict(zip(errors, distinct_texts([*errors.values()], fewest=3), strict=True))
    own = texts.pop(NETWORK)
    others = ", ".join(f"{in_words(name)} {text}" for name, text in texts.items())
    beaten = _beaten(errors)
    missed = [name for name in texts if name not in beaten]
    if not missed:
        result = f"it beats {listed(beaten, 'and')}"
    elif not beaten:
        result = f"it does not beat {listed(missed, 'or')}"
    else:
        result = f"it beats {listed(beaten, 'and')}, but not {listed(missed, 'or')}"
    return f"{own}; {others}: {result}"


def listed(names: Sequence[str], word: str) -> str:
    """Return naive predictors as in "the mean, persistence and the seasonal naive forecast"."""
    *others, last = (_IN_SENTENCES.get(name, name) for name in names)
    return f"{', '.join(others)} {word} {last}" if others else last


def in_words(name: str) -> str:
    """Return the name of a predictor as words."""
    return name.replace("_", " ")


def best_trivial_predictor(verdict: str) -> str:
    """Return what to call the best trivial predictor, in a sentence with a forecast's verdict.

    It has no season: the verdict, "" without a forecast, compares the seasonal naive forecast.
    """
    season = " without a season" if in_words(SEASONAL_NAIVE) in verdict else ""
    return f"best trivial predictor{season}"


def may_be_chance(undecided: Sequence[str]) -> str:
    """Return the sentence about naive predictors that `Forecast.undecided` names."""
    return f"The difference from {listed(undecided, 'and')} may be chance (Diebold-Mariano, 5 %)"
