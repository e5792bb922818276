"""The axes of parallel coordinates: where each value of a setting is, and which have a label."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from rnnsweep.array_types import Codes, Floats

from .lettering import height, width, wrap
from .scale import LossScale, tick_label
from .scatter import jitter
from .setting import Setting
from .study import Study
from .style import LABEL_SIZE, SMALL_SIZE

HIGH = 3.6  # inches: the length of an axis
GAP = 1.35  # inches between two axes, more where labels are long
SPREAD = 0.3  # of the distance between two values, in which lines through one value lie
WITHOUT = 0.1  # share of an axis of numbers for trials to which the setting does not apply


class ParallelAxis(NamedTuple):
    """An upright axis of a setting."""

    setting: Setting
    heights: Floats  # (n_combinations,): where each combination is, from 0 to 1
    labels: list[tuple[float, str]]  # heights with their labels

    @property
    def gap(self) -> float:
        """The inches from the axis at its left, which its labels need."""
        return max(GAP, max(width(text, SMALL_SIZE) for _, text in self.labels) + 0.35)

    @property
    def title(self) -> str:
        """The title of the setting in lines that fit between the neighbours."""
        return wrap(self.setting.title, self.gap - 0.1, LABEL_SIZE, bold=True)


def parallel_axes(study: Study, shown: Sequence[Setting]) -> list[ParallelAxis]:
    """Return the axis of each setting: of numbers where these are draws, else of single values."""
    first = np.zeros(len(study.median), np.intp)  # a trial of each combination
    first[study.combination[::-1]] = np.arange(len(study.combination))[::-1]
    return [
        _of_numbers(study.exact[setting.name], setting, first)
        if setting.binned
        else _of_values(setting, first)
        for setting in shown
    ]


def _of_numbers(exact: Setting, setting: Setting, first: Codes) -> ParallelAxis:
    """Return an axis on which draws are at their place, with a few round numbers as labels."""
    scale = LossScale.of_draws(exact.values)
    start = WITHOUT if exact.partial else 0.0
    places = [start + (1 - start) * scale.fraction(value) for value in exact.values]
    ticks = scale.ticks()
    labels = [
        (start + (1 - start) * scale.fraction(tick), text)
        for tick, text in zip(ticks, map(tick_label, ticks), strict=True)
    ]
    if exact.partial:
        places.append(start / 2)
        labels.insert(0, (start / 2, exact.labels[-1]))
    return ParallelAxis(setting, np.array(places)[exact.codes[first]], labels)


def _of_values(setting: Setting, first: Codes) -> ParallelAxis:
    """Return an axis on which values are at equal distances, with as many labels as fit."""
    codes, n = setting.codes[first], len(setting.labels)
    every = int(np.ceil(height("x", SMALL_SIZE) * n / HIGH))
    labels = [((code + 0.5) / n, setting.labels[code]) for code in range(0, n, every)]
    return ParallelAxis(setting, (codes + 0.5 + SPREAD * _spread(codes)) / n, labels)


def _spread(codes: Codes) -> Floats:
    """Return a place from -1 to 1 for each combination, evenly among those with the same code."""
    places = np.zeros(len(codes))
    for code in np.unique(codes):
        members = np.flatnonzero(codes == code)
        places[members] = jitter(len(members)) if len(members) > 1 else 0.0
    return places
