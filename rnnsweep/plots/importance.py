"""The plot of importance: which share of the variance each setting and each pair explains."""

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from rnnsweep.analysis.importance import Importance
from rnnsweep.analysis.parts_of_variance import MEASURES, Part

from .lettering import height, percent, width, words, wrap
from .style import GREY, INK, OKABE_ITO, SMALL_SIZE, add_words, new_figure, styled

MOST_SETTINGS, MOST_PAIRS = 12, 8  # bars; the others of a kind are one bar together
LEAST_SHARE = 0.005  # of a pair with a bar of its own, unless it is among the first three
WIDE = 4.2  # inches: the length of the axis of shares
WIDEST_NAME = 2.6  # inches; a longer name has several lines
BAR = 0.17  # inches
_COLOURS = {"setting": OKABE_ITO[0], "pair": OKABE_ITO[5], "higher orders": GREY}
_OF_SEEDS = OKABE_ITO[4]
_NAMES = {"higher orders": "three or more settings together", "seed": "noise of the seeds"}
_TIMES = " \N{MULTIPLICATION SIGN} "


class _Bar(NamedTuple):
    name: str
    kind: str
    share: float
    corrected: float = np.nan
    low: float = np.nan
    high: float = np.nan

    @property
    def end(self) -> float:
        """Where the last of its marks ends."""
        return float(np.nanmax([self.share, self.corrected, self.high]))


@styled
def importance(shares: Importance) -> Figure:
    """Return the plot of the shares of variance: a bar for each.

    The corrected share, an estimate without the luck of the seeds, is a dot with its 95 % interval.
    Settings come first, then pairs of settings, the higher orders together, and the seeds.
    """
    bars = _bars(shares.parts)
    names = [_lines(bar.name) for bar in bars]
    rooms = [max(BAR, height(name, SMALL_SIZE)) + 0.08 for name in names]
    # A gap where another kind begins.
    gaps = [0.0, *(0.12 * (a.kind != b.kind) for a, b in itertools.pairwise(bars))]
    places = np.cumsum(gaps) + np.cumsum(rooms) - np.array(rooms) / 2
    high = float(places[-1] + rooms[-1] / 2)
    names_width = max(width(name, SMALL_SIZE) for name in names)
    figure = new_figure(0.9 + names_width + WIDE, 1.7 + high)
    axes = figure.subplots()
    ends = [bar.end for bar in bars]
    for place, bar, end in zip(places, bars, ends, strict=True):
        colour = _COLOURS.get(bar.kind, _OF_SEEDS)
        axes.barh(place, bar.share, BAR, color=colour, label=bar.name)
        if not np.isnan(bar.low):
            axes.hlines(place, bar.low, bar.high, INK, linewidth=1.0, label=f"interval {bar.name}")
        if not np.isnan(bar.corrected):
            axes.plot(
                bar.corrected, place, "o", color=INK, markersize=3.5, markeredgewidth=0,
                label=f"corrected {bar.name}",
            )  # fmt: skip
        axes.annotate(
            percent(bar.share), (end, place), (4, 0), textcoords="offset points", va="center",
            fontsize=SMALL_SIZE, color=INK,
        )  # fmt: skip
    axes.set_yticks(places, names)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(high + 0.05, -0.05)
    limit = max(ends) * (1 + 0.5 / WIDE) + 1e-9  # room for the longest number
    axes.set_xlim(0, limit)
    ticks = [tick for tick in axes.get_xticks() if 0 <= tick <= min(1.0, limit) + 1e-9]
    axes.set_xticks(ticks, [percent(tick) for tick in ticks])
    axes.set_xlabel("share of the variance")
    notes = [f"of the variance of {MEASURES[shares.measure]}", shares.note.rstrip(".")]
    if not np.isnan([bar.corrected for bar in bars]).all():
        has_line = not np.isnan([bar.low for bar in bars]).all()
        marks = "dot and line: corrected share and its interval" if has_line else "dot: corrected"
        notes.insert(1, f"bar: share; {marks}")
    add_words(figure, _headline(shares), notes)
    return figure


def _bars(parts: Sequence[Part]) -> list[_Bar]:
    """Return a bar for each part; settings or pairs with small shares have one bar together."""
    bars = []
    for kind, most, fewest in (("setting", MOST_SETTINGS, MOST_SETTINGS), ("pair", MOST_PAIRS, 3)):
        of_kind = [part for part in parts if part.kind == kind]
        n_large = sum(part.share >= LEAST_SHARE for part in of_kind)
        n_shown = min(most, max(fewest, n_large))
        bars += [_bar(part) for part in of_kind[:n_shown]]
        if others := of_kind[n_shown:]:
            together = sum(part.share for part in others)
            name = f"{len(others)} other {kind}{'s' if len(others) > 1 else ''}"
            corrected = sum(part.corrected for part in others)
            bars.append(_Bar(name, kind, together, corrected))
    return bars + [_bar(part) for part in parts if part.kind not in ("setting", "pair")]


def _bar(part: Part) -> _Bar:
    return _Bar(_name(part), part.kind, part.share, part.corrected, part.low, part.high)


def _name(part: Part) -> str:
    if not part.settings:
        return _NAMES.get(part.kind, part.kind)
    return _TIMES.join(_title(name) for name in part.settings)


def _title(name: str) -> str:
    return " + ".join(words(setting.removeprefix("task_")) for setting in name.split(" + "))


def _lines(name: str) -> str:
    """Return a name in one line, or else each setting of a pair in lines of its own."""
    if width(name, SMALL_SIZE) <= WIDEST_NAME:
        return name
    return f"\n{_TIMES.lstrip()}".join(
        wrap(setting, WIDEST_NAME, SMALL_SIZE) for setting in name.split(_TIMES)
    )


def _headline(shares: Importance) -> str:
    first = shares.parts[0]
    noise = [part.share for part in shares.parts if part.kind.endswith(("seed", "seeds"))]
    rest = f", the seeds {percent(sum(noise))}" if noise else ""
    others = f"; the seeds explain {percent(sum(noise))}" if noise else ""
    if first.share < 0.01:
        return f"No setting explains more than 1 % of the variance{others}"
    if all(part.may_be_luck for part in shares.parts if part.kind in ("setting", "pair")):
        return f"{_seeds(shares)} do not show how much each setting explains{others}"
    about = "about " if shares.method == "fanova" else ""
    line = f"{_name(first)} explains {about}{percent(first.share)} of the variance{rest}"
    return line[0].upper() + line[1:]


def _seeds(shares: Importance) -> str:
    """Return how many seeds each combination of settings has; no number where several vary."""
    of_seeds = [part for part in shares.parts if part.kind.endswith(("seed", "seeds"))]
    n_settings = shares.n_trials - sum(part.df for part in of_seeds)
    known = len(of_seeds) == 1 and 0 < 2 * n_settings <= shares.n_trials
    return f"{shares.n_trials // n_settings} seeds" if known else "The seeds"
