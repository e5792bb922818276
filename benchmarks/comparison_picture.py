"""The picture of the comparison: a panel for each sweep, a bar for each program."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.comparison_records import Comparison
from rnnsweep.plots.style import (
    GREY,
    INK,
    OKABE_ITO,
    PALE,
    SMALL_SIZE,
    add_words,
    new_figure,
    panel_title,
    styled,
)

INCHES_WIDE, INCHES_A_BAR, INCHES_AROUND = 8.0, 0.36, 1.75


@styled
def draw(comparisons: list[Comparison]) -> Figure:
    """Return the figure: a bar for a warm run, and a pale one for what a cold run takes longer."""
    n_bars = max(len(comparison.rows) for comparison in comparisons)
    figure = new_figure(INCHES_WIDE, INCHES_AROUND + INCHES_A_BAR * n_bars)
    grid = figure.subplots(1, len(comparisons), sharey=True, squeeze=False)
    for axes, comparison in zip(grid.flat, comparisons, strict=True):
        _panel(axes, comparison)
    add_words(
        figure,
        "Whole sweeps: wall time once compiled",
        (
            "pale: what a first run takes more, which compiles",
            "JAX, again: all trained once more in the same process, without its start",
        ),
    )
    return figure


def _panel(axes: Axes, comparison: Comparison) -> None:
    longest = max(max(row.warm, row.cold or 0) for row in comparison.rows)
    for place, row in enumerate(comparison.rows):
        colour = OKABE_ITO[0] if place == 0 else GREY
        axes.barh(place, row.warm, 0.62, color=colour)
        if row.cold:
            axes.barh(place, row.cold - row.warm, 0.62, left=row.warm, color=PALE)
        end = max(row.warm, row.cold or 0) + 0.015 * longest
        text = f"{row.warm:.1f} s"
        if place > 0:
            text += f", {comparison.times(row):.1f} times"
        if row.cold and row.cold > row.warm:
            text += f" (first {row.cold:.0f} s)"
        axes.text(end, place, text, va="center", fontsize=SMALL_SIZE, color=INK)
    axes.set_yticks(range(len(comparison.rows)), [row.program for row in comparison.rows])
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(0, 1.45 * longest)
    axes.set_ylim(len(comparison.rows) - 0.5, -0.5)
    axes.set_xlabel("seconds")
    multiplied = any(row.note.endswith("multiplied up") for row in comparison.rows)
    line = "PyTorch from a sample of them" if multiplied else ""
    panel_title(axes, f"{comparison.case.name}, {comparison.case.n_trials:,} trials", line, 3.4)
