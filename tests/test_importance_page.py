"""docs/importance.md, followed to the letter: its commands, its programs, its example by hand."""

import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from page_blocks import PYTHON, run_commands, run_program
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from rnnsweep.analysis.importance import importance_of
from rnnsweep.analysis.outcomes import NUMBERS, Outcomes

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "importance.md").read_text(encoding="utf-8")


@pytest.mark.long
def test_the_page_does_what_it_says(tmp_path):
    shutil.copytree(ROOT / "sweeps", tmp_path / "sweeps")
    run_commands(tmp_path, "importance", PAGE)
    printed = run_program(tmp_path, "importance", "\n".join(PYTHON.findall(PAGE)))
    assert "Exact, by an analysis of variance of 48 settings with 3 seeds each: " in printed
    # The table of the page, whose numbers depend on the CPU.
    names = re.findall(r"^ (\S[\w ]+?) +\d+\.\d %", PAGE, re.M)
    assert len(names) == 8
    assert all(name in printed for name in names)


def rows_under(heading):
    """Return the rows of the table of the page with this heading, as texts."""
    lines = PAGE[PAGE.index(heading) :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_example_by_hand_is_that_of_statsmodels_and_of_importance():
    data = pd.DataFrame(
        [
            {"activation": activation, "hidden_size": int(size), "seed": seed, "rank": float(rank)}
            for activation, size, *ranks, _ in rows_under("| activation | hidden_size |")
            for seed, rank in enumerate(ranks)
        ]
    )
    anova = anova_lm(ols("rank ~ C(activation) * C(hidden_size)", data).fit(), typ=2)["sum_sq"]
    nothing = dict.fromkeys(NUMBERS, np.full(len(data), np.nan))
    trials = Outcomes(
        [f"t{place}" for place in data.index],
        ["complete"] * len(data),
        {name: data[name].tolist() for name in ("activation", "hidden_size", "seed")},
        {**nothing, "best_val_loss": data["rank"].to_numpy()},
    )
    parts = importance_of(trials, ["activation", "hidden_size"]).parts
    written = rows_under("| settings | sum_sq |")
    assert [row[0] for row in written] == [part.name for part in parts]
    remaining = np.array([float(row[4]) for row in written])
    corrected = np.maximum(remaining, 0) / np.maximum(remaining, 0).sum()
    for row, part, square, share in zip(written, parts, anova, corrected, strict=True):
        assert float(row[1]) == pytest.approx(square) == pytest.approx(part.sum_sq)
        assert row[2] == f"{100 * square / anova.sum():.1f} %" == f"{100 * part.share:.1f} %"
        assert row[3] == "" or float(row[3]) == pytest.approx(square / len(data))
        assert row[5] == f"{100 * share:.1f} %" == f"{100 * part.corrected:.1f} %"
