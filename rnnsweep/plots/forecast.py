"""The plot of forecasts: those of the network, the truth on the test part, and the errors."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from rnnsweep.analysis.forecast import (
    NETWORK,
    TEST,
    Forecast,
    in_words,
    listed,
    may_be_chance,
    root_mean_square,
)
from rnnsweep.value_text import distinct_texts

from .lettering import FEWEST_DIGITS, printable, value_labels, width
from .style import (
    GREY,
    INK,
    OKABE_ITO,
    PALE,
    PANEL_TITLE_SIZE,
    SMALL_SIZE,
    add_words,
    new_figure,
    styled,
)
from .time_axis import TimeAxis, time_axis

MOST_SHOWN = 150  # rows side by side; of a longer test part, the last ones
MOST_SINGLE = 300  # errors that are drawn one by one; of more, the root mean square of each of
N_SPANS = 100  # spans of rows
_WIDE, _HIGH = 6.2, (2.3, 1.35)  # inches
_LONGEST_NAME = 60  # letters of a column's name in a sentence
_NETWORK_COLOUR, _NAIVE_COLOUR = OKABE_ITO[:2]


@styled
def forecast_plot(forecast: Forecast) -> Figure:
    """Return the plot of a network's forecasts on the test part.

    Above, the last `MOST_SHOWN` rows as they happened, as the network forecast them, and as the
    naive rule did that was best on the validation part. Below, the errors of these two in the whole
    test part: one by one, or for a long part their root mean square in spans of rows. At the right,
    the root mean square errors of all predictors.

    Sequences of their own have no order in time: their forecasts and errors are drawn over the
    true values.
    """
    test = forecast.part(TEST)
    naive = forecast.best_naive()
    names = [in_words(name) for name in test.predictions]
    bars_wide = 1.2 + max(width(name, SMALL_SIZE) for name in names)
    figure = new_figure(0.9 + _WIDE + bars_wide, 1.75 + sum(_HIGH))
    grid = GridSpec(2, 2, figure, height_ratios=_HIGH, width_ratios=(_WIDE, bars_wide))
    upper = figure.add_subplot(grid[0, 0])
    lower = figure.add_subplot(grid[1, 0])
    if test.of_sequences:
        _draw_over_truth(upper, lower, test, naive)
    else:
        axis = time_axis(test.rows, test.times)
        first = max(len(test.rows) - MOST_SHOWN, 0)
        _draw_series(upper, test, naive, axis, first)
        _draw_errors(lower, test, naive, axis, first)
    _draw_bars(figure.add_subplot(grid[:, 1]), forecast)
    add_words(figure, _headline(forecast), _notes(forecast, naive))
    return figure


def _draw_series(axes: Axes, test: Forecast, naive: str, axis: TimeAxis, first: int) -> None:
    shown = slice(first, None)
    lines = (
        (test.predictions[naive], _NAIVE_COLOUR, in_words(naive), 1.0, 2),
        (test.truth, INK, "truth", 1.7, 3),
        (test.predictions[NETWORK], _NETWORK_COLOUR, NETWORK, 1.5, 4),
    )
    for values, colour, name, line_width, order in lines:
        x, y = axis.with_gaps(shown, values)
        axes.plot(
            x, y, color=colour, label=name, linewidth=line_width, zorder=order,
            marker="o" if len(y) == 1 else None, markersize=3,
        )  # fmt: skip
    axis.set_up(axes, shown, _WIDE)
    rows = test.targets_in_words(TEST, "test ")
    _title(axes, f"Last {len(test.rows) - first:,} of {rows}" if first else rows)
    axes.set_ylabel(value_labels([test.target])[0])
    _add_legend(axes)


def _draw_over_truth(upper: Axes, lower: Axes, test: Forecast, naive: str) -> None:
    """Draw the forecasts of independent sequences, and their errors, over the true values."""
    truth, ends = test.truth, [test.truth.min(), test.truth.max()]
    # Many points would hide each other.
    size, alpha = (9.0, 0.55) if len(truth) <= MOST_SINGLE else (5.0, 0.35)
    for name, colour, order in ((naive, _NAIVE_COLOUR, 2), (NETWORK, _NETWORK_COLOUR, 4)):
        forecasts = test.predictions[name]
        for axes, values in ((upper, forecasts), (lower, forecasts - truth)):
            axes.scatter(
                truth, values, s=size, color=colour, alpha=alpha, linewidths=0, zorder=order,
                label=in_words(name),
            )  # fmt: skip
    upper.plot(
        ends, ends, color=INK, linewidth=1.0, label="truth", zorder=3,
        marker="o" if ends[0] == ends[1] else None, markersize=4,
    )  # fmt: skip
    lower.axhline(0, color=INK, linewidth=1.0, zorder=3)
    target = value_labels([test.target])[0]
    _title(upper, _sentence_start(test.targets_in_words(TEST, "test ")))
    upper.set_ylabel("forecast")
    _add_legend(upper)
    _title(lower, "Forecast minus truth")
    lower.set_ylabel("error")
    lower.set_xlabel(f"true value of {target}")
    upper.tick_params(labelbottom=False)
    lower.sharex(upper)


def _sentence_start(text: str) -> str:
    return text[0].upper() + text[1:]


def _add_legend(axes: Axes) -> None:
    """Add the legend above the axes: truth, network, then the naive rule."""
    handles, labels = axes.get_legend_handles_labels()
    of_label = dict(zip(labels, handles, strict=True))
    naive = next(label for label in labels if label not in ("truth", NETWORK))
    order = ["truth", NETWORK, naive]
    legend = axes.legend(
        [of_label[label] for label in order], order, ncols=3,
        loc="lower right", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=SMALL_SIZE,
        borderaxespad=0.1, handlelength=1.6, columnspacing=1.2, scatterpoints=1,
    )  # fmt: skip
    for handle in legend.legend_handles:
        if isinstance(handle, PathCollection):
            handle.set(alpha=1.0, sizes=[16.0])


def _draw_errors(axes: Axes, test: Forecast, naive: str, axis: TimeAxis, first: int) -> None:
    n = len(test.rows)
    pairs = ((naive, _NAIVE_COLOUR), (NETWORK, _NETWORK_COLOUR))
    if n <= MOST_SINGLE:
        axes.axhline(0, color=GREY, linewidth=0.8, zorder=1)
        for name, colour in pairs:
            x, y = axis.with_gaps(slice(None), test.predictions[name] - test.truth)
            axes.plot(
                x, y, color=colour, linewidth=1.0, marker="o" if len(y) == 1 else None, markersize=3
            )
        _title(axes, "Forecast minus truth")
        axes.set_ylabel("error")
    else:
        spans = np.array_split(np.arange(n), N_SPANS)
        middles = axis.places[[span[len(span) // 2] for span in spans]]
        for name, colour in pairs:
            errors = test.predictions[name] - test.truth
            axes.plot(
                middles, [root_mean_square(errors[span]) for span in spans],
                color=colour, linewidth=1.2,
            )  # fmt: skip
        _title(axes, f"Root mean square error of each {len(spans[0]):,} rows")
        axes.set_ylabel("RMSE")
        axes.set_ylim(bottom=0)
    if first:
        axes.axvspan(axis.places[first], axis.places[-1], color=PALE, alpha=0.5, zorder=0)
    axis.set_up(axes, slice(None), _WIDE)
    axes.set_xlabel(axis.label)


def _draw_bars(axes: Axes, forecast: Forecast) -> None:
    errors = {error.predictor: error.rmse for error in forecast.errors_on(TEST)}
    names = list(errors)
    values = np.array(list(errors.values()))
    largest = float(values[np.isfinite(values)].max(initial=0)) or 1.0
    colour_of = {NETWORK: _NETWORK_COLOUR, forecast.best_naive(): _NAIVE_COLOUR}
    colours = [colour_of.get(name, GREY) for name in names]
    heights = np.where(np.isfinite(values), values, largest)
    axes.barh(range(len(names)), heights, color=colours, height=0.55)
    for place, (height, text) in enumerate(
        zip(heights, distinct_texts(values.tolist(), FEWEST_DIGITS), strict=True)
    ):
        axes.annotate(
            text, (height, place), (3, 0), textcoords="offset points", va="center",
            fontsize=SMALL_SIZE,
        )  # fmt: skip
    axes.set_yticks(range(len(names)), [in_words(name) for name in names])
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(0, 1.45 * largest)
    axes.set_ylim(len(names) - 0.4, -0.6)  # the network is at the top
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    _title(axes, "RMSE, test part")


def _title(axes: Axes, text: str) -> None:
    axes.set_title(text, loc="left", fontsize=PANEL_TITLE_SIZE, fontweight="bold")


def _short(target: str) -> str:
    """Return the name of a column for a sentence, cut if it is long."""
    name = printable(target)
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def _headline(forecast: Forecast) -> str:
    beaten = forecast.beaten()
    missed = [name for name in forecast.predictions if name not in (NETWORK, *beaten)]
    target = _short(forecast.target)
    if not missed:
        return f"The network's forecast of {target} beats {listed(beaten, 'and')}"
    if not beaten:
        return f"The network's forecast of {target} does not beat {listed(missed, 'or')}"
    return (
        f"The network's forecast of {target} beats {listed(beaten, 'and')}, but not "
        f"{listed(missed, 'or')}"
    )


def _notes(forecast: Forecast, naive: str) -> list[str]:
    notes = [
        f"forecasts {forecast.ahead}, by the network of trial {forecast.trial_id}, the best one on "
        "the validation part"
    ]
    if len(forecast.predictions) > 2:
        best = listed([naive], "and")
        notes.append(f"of the naive rules {best} was the best on the validation part")
    notes.append(f"RMSE: root mean square error, in the units of {_short(forecast.target)}")
    if forecast.season:
        season = f"a season of {forecast.season:,} rows"
        notes.append(f"seasonal naive: the last known value at the same place of {season}")
    if undecided := forecast.undecided():
        notes.append(may_be_chance(undecided))
    return notes
