"""Which settings make the loss map: two that were crossed, and a third for its panels."""

import itertools

import numpy as np

from .setting import Setting
from .study import Study

GAPS = 0.75  # of the cells: a map with fewer gives way to one with more
SPARSE = 0.5  # with fewer there is no map, as of lists that advance together


def axes_settings(these: Study) -> tuple[Setting, Setting, Setting | None] | None:
    """Return the settings along x and y, and the one that makes the panels, if any.

    Returns
    -------
    tuple or None
        None where no two settings were tried with each other's values.
    """
    able = [setting for setting in these.settings if not setting.binned]
    pairs = [pair for pair in itertools.combinations(able, 2) if _crossed(these, able, *pair)]
    if not pairs:
        return None
    usual = {"learning_rate", "hidden_size"}
    found = next((pair for pair in pairs if {s.name for s in pair} == usual), None)
    if found is None:
        # The longer one lies: there is more room across.
        pair = max(pairs, key=lambda pair: _filled(*pair) > GAPS)  # the first of them
        y, x = sorted(pair, key=lambda setting: len(setting.labels))
    else:
        y, x = sorted(found, key=lambda setting: setting.name)
    rest = [
        setting
        for setting in able
        if setting.name not in (x.name, y.name)
        and not these.tied(x, setting)
        and not these.tied(y, setting)
    ]
    named = [setting for setting in rest if setting.name == "activation"]
    return x, y, next(iter(named + rest), None)


def _crossed(these: Study, able: list[Setting], x: Setting, y: Setting) -> bool:
    """Tell whether the values of two settings were tried with each other's."""
    if these.tied(x, y) or these.tied(y, x):
        return False
    # Lists that advance together with a third, which settles both: a path through the map.
    if any(these.tied(s, x) and these.tied(s, y) for s in able):
        return False
    return _filled(x, y) >= SPARSE


def _filled(one: Setting, other: Setting) -> float:
    """Return the share of the cells of a map over two settings that have a trial."""
    cells = np.unique(np.stack([one.codes, other.codes], axis=1), axis=0)
    return len(cells) / (len(one.labels) * len(other.labels))
