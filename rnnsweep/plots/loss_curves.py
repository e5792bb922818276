"""The loss-curve plot: validation loss by epoch shows which settings learn, stall and diverge."""

from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator, MaxNLocator

from rnnsweep.value_text import number

from .curves import FEW_SEEDS, Curve, Epochs, Panel, Roles, Spread, panels_of, roles
from .lettering import wrap
from .marks import (
    BASELINE_STYLES,
    STRIP_INCHES,
    SideLabel,
    baseline_label,
    diverged_strip,
    side_labels,
    side_title,
    side_width,
)
from .scale import CEILING, LossScale
from .study import Study
from .style import (
    GREY,
    INK,
    LABEL_SIZE,
    SMALL_SIZE,
    add_words,
    empty_figure,
    grid_of,
    new_figure,
    panel_title,
    panels,
    styled,
)


@styled
def loss_curves(study: Study, epochs: Epochs, chosen: Roles | None = None) -> Figure:
    """Return the plot of validation loss by epoch, with median and band over the seeds.

    There is a panel for each activation where it is swept, else for each value of the setting with
    the second largest effect. A panel has a line for each value of the setting with the largest
    effect among the rest. For each line, further settings have the values that are best for it: if
    the line stalls, none of their values helps.

    Of a random search, the lines are the best combinations of settings, and grey bands are the
    middle half and the middle 80 % of all trials.

    Parameters
    ----------
    study : Study
    epochs : callable
        Returns the epochs of trials by their ids, as `Store.epochs_of` does.
    chosen : Roles, optional
        The settings of the panels and lines, in place of those above.
    """
    chosen = chosen or roles(study)
    drawn = panels_of(study, epochs, chosen)
    curves = [curve for panel in drawn for curve in panel.curves]
    if not any(len(curve.median) for curve in curves):
        return empty_figure("No trial has a loss to show.")

    scale = _scale(drawn)
    rows, columns = grid_of(len(drawn), 3)
    wide = {1: 5.2, 2: 3.6, 3: 2.75}[columns]
    high = 3.2 if rows == 1 else 2.3
    strip = STRIP_INCHES / high if any(len(curve.ends) for curve in curves) else 0.0
    same_baseline = all(panel.baselines == drawn[0].baselines for panel in drawn)
    labels = [
        _labels(panel, scale, strip, not same_baseline or _ends_row(place, columns, len(drawn)))
        for place, panel in enumerate(drawn)
    ]
    titles = [setting.title for setting in chosen.named]  # each has a line where they need it
    labels_width = side_width([*(label.text for column in labels for label in column), *titles])
    figure = new_figure(0.75 + columns * (wide + labels_width), 1.3 + rows * (high + 0.6))
    n_lines = max(wrap(panel.line, wide, SMALL_SIZE).count("\n") + 1 for panel in drawn)
    n_epochs = max(len(curve.median) for curve in curves)
    for place, axes in enumerate(panels(figure, len(drawn), columns, rows)):
        panel = drawn[place]
        scale.apply(axes, strip)
        diverged_strip(axes, scale, strip, named=place % columns == 0)
        _draw(axes, panel, scale, strip, n_epochs)
        panel_title(axes, panel.head, panel.line, wide, n_lines)
        side_labels(axes, labels[place], high)
        if chosen.line_title:
            side_title(axes, wrap(chosen.line_title, labels_width - 0.2, SMALL_SIZE))
        axes.set_xlim((0, n_epochs - 1) if n_epochs > 1 else (-0.5, 0.5))
        ticks = MaxNLocator(nbins=5, integer=True, steps=[1, 2, 5, 10])
        axes.xaxis.set_major_locator(ticks if n_epochs > 1 else FixedLocator([0]))
        lowest = place + columns >= len(drawn)
        axes.set_xlabel("epoch" if lowest else "")
        axes.tick_params(labelbottom=lowest)
        if place % columns == 0:
            words = study.loss_label("validation loss" if chosen.line_title else "loss")
            axes.set_ylabel(wrap(words, high * (1 - strip), LABEL_SIZE), y=(1 - strip) / 2)
    add_words(figure, study.headline(), _notes(study, chosen, drawn, scale))
    return figure


def _ends_row(place: int, columns: int, n_panels: int) -> bool:
    return (place + 1) % columns == 0 or place == n_panels - 1


def _scale(drawn: list[Panel]) -> LossScale:
    """Return a scale with room for the baselines and lines; bands may reach beyond it."""
    baselines = [loss for panel in drawn for loss in panel.baselines.values()]
    curves = [curve for panel in drawn for curve in panel.curves]
    starts = [curve.median[0] for curve in curves if np.isfinite(curve.median[0])]
    reference = max([*baselines, *([float(np.median(starts))] if starts else [])], default=np.nan)
    # A line that ends off the scale does not decide its limits.
    settled = [curve for curve in curves if curve.median[-1] <= CEILING * reference] or curves
    parts = [part for curve in settled for part in (curve.median, curve.low)]
    parts += [panel.spread.quantiles[1:3].ravel() for panel in drawn if panel.spread is not None]
    values = np.concatenate(parts)
    scale = LossScale.around(values, baselines, reference)
    return replace(
        scale,
        cut_below=scale.cut_below or any((curve.median < scale.low).any() for curve in curves),
        cut_above=any(scale.high < curve.median[-1] < np.inf for curve in curves),
    )


def _labels(panel: Panel, scale: LossScale, strip: float, with_baselines: bool) -> list[SideLabel]:
    """Return a label at the end of every line; that of a line that diverged is in the strip."""
    labels = []
    for curve in panel.curves:
        last = float(curve.median[-1])
        inside = scale.fraction(last) * (1 - strip)
        text = f"{curve.label} ↑" if scale.high < last < np.inf else curve.label
        labels.append(SideLabel(text, inside if np.isfinite(last) else 1 - strip / 2, curve.colour))
    if panel.spread is not None and np.isfinite(last := float(panel.spread.quantiles[2, -1])):
        text = f"median of {panel.spread.n_trials:,}"
        labels.append(SideLabel(text, scale.fraction(last) * (1 - strip), GREY))
    if with_baselines and panel.baselines:
        (name, loss), *second = panel.baselines.items()
        labels.append(baseline_label(name, loss, scale, strip))
        for name, loss in second:
            text = f"{name} {number(loss)}"
            labels.append(SideLabel(text, scale.fraction(loss) * (1 - strip), INK))
    return labels


def _leaves(curve: Curve, scale: LossScale) -> bool:
    """Return whether half of the seeds diverge while the line is within the scale."""
    seen = np.isfinite(curve.median)
    return bool(seen.any() and not seen[-1] and curve.median[seen][-1] <= scale.high)


def _draw(axes: Axes, panel: Panel, scale: LossScale, strip: float, n_epochs: int) -> None:
    for (name, loss), style in zip(panel.baselines.items(), BASELINE_STYLES, strict=False):
        axes.axhline(
            loss, color=INK, linestyle=style, linewidth=1.0, zorder=5, label=f"baseline {name}"
        )
    if panel.spread is not None:
        _draw_spread(axes, panel.spread, scale)
    diverging = [curve for curve in panel.curves if len(curve.ends)]
    # The first lines are wider, so that they are visible on both sides of those drawn over them.
    widths = np.linspace(2.0, 1.3, len(panel.curves))
    for curve, width in zip(panel.curves, widths, strict=True):
        epoch = np.arange(len(curve.median))
        band = axes.fill_between(
            epoch, scale.clip(curve.low), scale.clip(curve.high),
            where=curve.median <= scale.high, color=curve.colour, alpha=0.16, linewidth=0,
        )  # fmt: skip
        band.set_label(f"band {curve.name}")
        seen = np.isfinite(curve.median)
        (line,) = axes.plot(
            epoch[seen], np.clip(curve.median[seen], scale.low, 10 * scale.high),
            color=curve.colour, marker="o" if seen.sum() == 1 else None, markersize=4,
            linewidth=width, label=curve.name, zorder=3,
        )  # fmt: skip
        if _leaves(curve, scale):
            axes.vlines(
                epoch[seen][-1], curve.median[seen][-1], scale.high, curve.colour, linestyle=":",
                linewidth=width, label=f"{curve.name} leaves",
            )  # fmt: skip
        last = float(curve.median[-1])
        if last <= scale.high:  # a thin line leads from one with fewer epochs to its label
            axes.hlines(last, len(curve.median) - 1, n_epochs - 1, curve.colour, linewidth=0.6)
        # A line that leaves the scale ends there: the strip has room for crosses alone.
        line.set_clip_path(Rectangle((0, 0), 1, 1 - strip, transform=axes.transAxes))
        if len(curve.ends):
            level = (diverging.index(curve) + 1) / (len(diverging) + 1)
            axes.plot(
                curve.ends, np.full(len(curve.ends), 1 - strip + strip * level),
                transform=axes.get_xaxis_transform(), color=curve.colour, linestyle="none",
                marker="x", markersize=5, markeredgewidth=1.4, clip_on=False, zorder=4,
                label=f"{curve.name} diverged",
            )  # fmt: skip


def _draw_spread(axes: Axes, spread: Spread, scale: LossScale) -> None:
    epoch = np.arange(spread.quantiles.shape[1])
    lowest, low, median, high, highest = scale.clip(spread.quantiles)
    axes.fill_between(epoch, lowest, highest, color=GREY, alpha=0.12, linewidth=0, zorder=1)
    axes.fill_between(epoch, low, high, color=GREY, alpha=0.18, linewidth=0, zorder=1)
    inside = spread.quantiles[2] <= scale.high
    axes.plot(epoch[inside], median[inside], color=GREY, linewidth=1.2, zorder=2, label="all")


def _notes(study: Study, chosen: Roles, drawn: list[Panel], scale: LossScale) -> list[str]:
    curves = [curve for panel in drawn for curve in panel.curves]
    fewest, most = (pick(curve.n_trials for curve in curves) for pick in (min, max))
    notes = study.counts()
    if chosen.of_draws:
        n_best = max(len(panel.curves) for panel in drawn)
        notes.append(
            f"lines: the best {n_best} combinations{' of each panel' * (len(drawn) > 1)}"
            "; grey: the median, the middle half and the middle 80 % of all trials, in which those "
            "that diverged count as infinite"
        )
    if chosen.unnamed:
        more = f" and {len(chosen.unnamed) - 3} more" if len(chosen.unnamed) > 3 else ""
        titles = ", ".join(setting.title for setting in chosen.unnamed[:3])
        notes.append(f"the lines also differ in {titles}{more}")
    if most == 1:
        notes.append("a line is of one seed" if chosen.of_draws else "lines: one seed each")
    else:
        seeds = f"{most} seeds" if fewest == most else f"{fewest} to {most} seeds"
        band = "lowest to highest" if most <= FEW_SEEDS else "the middle half"
        if any(len(curve.ends) for curve in curves):
            band += "; a trial that diverged counts as infinite from there on"
        notes.append(f"lines: median over {seeds}; bands: {band}")
    if any(_leaves(curve, scale) for curve in curves):
        whose = "its trial has" if most == 1 else "half of its seeds have"
        notes.append(f"a line ends, dotted to the top, where {whose} diverged")
    if any(curve.n_seen < curve.n_trials for curve in curves):
        least = min(curve.n_seen for curve in curves if curve.n_seen < curve.n_trials)
        notes.append(f"of the seeds of a line {least} or more are drawn, evenly from first to last")
    others = [s.title for s in study.settings if s not in (chosen.across, chosen.within)]
    if others and not chosen.of_draws:
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        notes.append(
            f"each line is at the best {', '.join(others[:3])}{more} for it"
            " (lowest median of the best validation loss)"
        )
    for setting, n_shown in (
        (chosen.across, len(drawn)),
        (chosen.within, len(chosen.line_values)),
    ):
        if setting is not None and n_shown < len(setting.labels):
            notes.append(f"{n_shown} of {len(setting.labels)} values of {setting.title} shown")
    if any(len(curve.ends) for curve in curves):
        notes.append("cross: a trial diverged; div 2/3: two of three did")
    return notes + scale.notes("↑")
