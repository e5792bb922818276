"""The settings of the loss map: two that were crossed are its axes, a third makes its panels."""

import itertools
from typing import NamedTuple

import numpy as np

from .setting import Setting
from .study import Study

# Shares of a map's cells that have a trial: a map with less than this gives way to a fuller one,
FULL = 0.75
# and with less than this there is none, as for lists that advance together.
SPARSE = 0.5


class MapAxes(NamedTuple):
    """The settings along x and y, and the one that makes the panels if there is one."""

    x: Setting
    y: Setting
    across: Setting | None


def axes_settings(study: Study) -> MapAxes | None:
    """Return the settings of a map.

    Returns
    -------
    MapAxes or None
        None where no two settings were crossed, that is, each value of the one tried with most
        values of the other.
    """
    exact = [setting for setting in study.settings if not setting.binned]
    pairs = [pair for pair in itertools.combinations(exact, 2) if _crossed(study, exact, *pair)]
    if not pairs:
        return None
    usual = {"learning_rate", "hidden_size"}
    usual_pair = next((pair for pair in pairs if {s.name for s in pair} == usual), None)
    if usual_pair is None:
        # The first full one, or the first if none is.
        pair = max(pairs, key=lambda pair: _filled(*pair) > FULL)
        # The setting with more values is along x, where there is more room.
        y, x = sorted(pair, key=lambda setting: len(setting.labels))
    else:
        y, x = sorted(usual_pair, key=lambda setting: setting.name)
    return MapAxes(x, y, panels_setting(study, x, y))


def panels_setting(study: Study, x: Setting, y: Setting) -> Setting | None:
    """Return the setting that makes the panels of a map over two others, if there is one."""
    rest = [setting for setting in study.independent((x, y)) if not setting.binned]
    activation = [setting for setting in rest if setting.name == "activation"]
    return next(iter(activation + rest), None)


def _crossed(study: Study, exact: list[Setting], x: Setting, y: Setting) -> bool:
    """Return whether most values of each of two settings were tried with those of the other."""
    if study.tied(x, y) or study.tied(y, x):
        return False
    # Where a third setting determines both, as in a [[zip]], the trials are a path through the map.
    if any(study.tied(s, x) and study.tied(s, y) for s in exact):
        return False
    return _filled(x, y) >= SPARSE


def _filled(x: Setting, y: Setting) -> float:
    """Return the share of the cells of a map over two settings that have a trial."""
    cells = np.unique(np.stack([x.codes, y.codes], axis=1), axis=0)
    return len(cells) / (len(x.labels) * len(y.labels))
