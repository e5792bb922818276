"""The plot of importance: a bar for each share, with its interval."""

import itertools

import numpy as np
import pytest
from picture_cases import panels, texts, words
from plot_cases import CASES, outcomes

from rnnsweep.analysis.importance import Importance, importance_of
from rnnsweep.analysis.parts_of_variance import Part
from rnnsweep.plots.importance import importance
from rnnsweep.plots.style import DPI

TIMES = "\N{MULTIPLICATION SIGN}"


def shares_of(name):
    trials, _, swept, _ = CASES[name]()
    return importance_of(outcomes(trials), swept)


def shares_with(parts, method="anova"):
    return Importance(tuple(parts), "rank", method, 12, 0, 0, 0, "A note.")


def labels(axes):
    return [label.get_text().replace("\n", " ") for label in axes.get_yticklabels()]


def invented(n, share=None):
    """`n` settings with long names and all of their pairs."""
    names = [f"setting_with_a_rather_long_name_{place}" for place in range(n)]
    pairs = list(itertools.combinations(names, 2))
    each = 1 / (n + len(pairs) + 2) if share is None else share
    parts = [Part((name,), "setting", each, each / 2, each / 4, 2 * each) for name in names]
    parts += [Part(pair, "pair", each, each / 2, each / 4, 2 * each) for pair in pairs]
    parts.append(Part((), "higher orders", each, each / 2, 0.0, 2 * each))
    return shares_with([*parts, Part((), "seed", 1 - sum(p.share for p in parts), 0.9, 0.0, 1.0)])


def test_bars_dots_and_lines_are_shares_corrected_ones_and_intervals():
    shares = shares_of("grid")
    (axes,) = panels(importance(shares))
    assert labels(axes) == [
        "learning rate", "activation", "hidden size", f"activation {TIMES} learning rate",
        f"hidden size {TIMES} learning rate", f"hidden size {TIMES} activation",
        "three or more settings together", "noise of the seeds",
    ]  # fmt: skip
    assert [bar.patches[0].get_width() for bar in axes.containers] == [
        part.share for part in shares.parts
    ]
    lines = [mark.get_segments()[0][:, 0] for mark in axes.collections]
    np.testing.assert_array_equal(lines, [(part.low, part.high) for part in shares.parts])
    dots = [line.get_xdata()[0] for line in axes.lines]
    assert dots == [part.corrected for part in shares.parts]


def test_the_words_say_what_matters_and_how_it_was_computed():
    shares = shares_of("grid")
    first, seeds = shares.parts[0].share, shares.parts[-1].share
    figure = words(importance(shares))
    assert (
        f"Learning rate explains {100 * first:.0f} % of the variance, the seeds "
        f"{100 * seeds:.0f} %" in figure
    )
    assert "Of the variance of the rank of the best validation loss." in figure
    assert shares.note in figure


def test_where_no_setting_matters_the_title_says_so():
    assert "No setting explains more than 1 % of the variance" in words(
        importance(shares_of("notebook"))
    )


def test_where_the_shares_of_all_settings_are_uncertain_the_title_says_so():
    seeds = Part((), "seed", 0.8, 1.0, 0.9, 1.0, df=8)
    parts = [Part(("a",), "setting", 0.2, 0.0, 0.0, 0.1), seeds]
    figure = words(importance(shares_with(parts)))
    assert "3 seeds do not show how much each setting explains; the seeds explain 80 %" in figure
    assert "A explains" not in figure


def test_two_seeds_have_dots_and_no_lines():
    parts = [Part(("a",), "setting", 0.5, 0.4), Part((), "seed", 0.5, 0.6)]
    figure = importance(shares_with(parts))
    (axes,) = panels(figure)
    assert not axes.collections
    assert "Bar: share; dot: corrected." in words(figure)


def test_an_estimate_has_no_intervals_and_says_about():
    parts = [Part(("a",), "setting", 0.75), Part((), "higher orders", 0.25)]
    figure = importance(shares_with(parts, "fanova"))
    (axes,) = panels(figure)
    assert not axes.collections
    assert not axes.lines
    assert "A explains about 75 % of the variance" in words(figure)


def test_many_parts_have_bars_together():
    shares = invented(14)
    (axes,) = panels(importance(shares))
    assert len(labels(axes)) == 12 + 1 + 8 + 1 + 2
    assert {"2 other settings", f"{14 * 13 // 2 - 8} other pairs"} <= {*labels(axes)}
    widths = [bar.patches[0].get_width() for bar in axes.containers]
    assert sum(widths) == pytest.approx(1)


def test_pairs_that_explain_nothing_have_a_bar_together():
    (axes,) = panels(importance(invented(6, share=0.001)))
    assert len(labels(axes)) == 6 + 3 + 1 + 2
    assert "12 other pairs" in labels(axes)


@pytest.mark.parametrize(
    "shares",
    [shares_of("grid"), shares_of("notebook"), shares_of("ladder"), shares_of("many_values"),
     *(invented(n) for n in (1, 3, 8, 14))],
)  # fmt: skip
def test_no_text_overlaps_and_none_is_cut(shares):
    figure = importance(shares)
    figure.set_dpi(DPI)
    figure.draw_without_rendering()
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts(figure)]
    for text, box in boxes:
        assert figure.bbox.x0 - 1 <= box.x0 <= box.x1 <= figure.bbox.x1 + 1, text
        assert figure.bbox.y0 - 1 <= box.y0 <= box.y1 <= figure.bbox.y1 + 1, text
    for (one, a), (other, b) in itertools.combinations(boxes, 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        along = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert across <= 1 or along <= 1, (one, other)


def test_letters_of_mathematics_are_letters():
    figure = importance(shares_with([Part(("$a_b$",), "setting", 0.5), Part((), "seed", 0.5)]))
    assert "$a b$" in words(figure)
