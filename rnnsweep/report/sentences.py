"""What the page says of the sweep in words: the best setting, and what a reader has to know."""

from collections.abc import Iterator, Mapping

import numpy as np

from rnnsweep.analysis.against_baseline import against_baseline, beat_baseline
from rnnsweep.analysis.outcomes import Outcomes
from rnnsweep.store.sweep_state import Counts, why_no_loss
from rnnsweep.value_text import number

from .collected import Collected
from .setting_rows import SettingRows

_DIGITS = 4


def headline(rows: SettingRows, outcomes: Outcomes, counts: Counts, predictor: str) -> str:
    """Return sentences on the best setting, chosen on the validation part, with its test loss.

    `predictor` is what to call the best trivial predictor.
    """
    summary, scores = rows.summary, rows.scores
    if not len(rows):
        return "No trial has ended yet."
    n_ended = counts.done + counts.failed
    if counts.diverged + counts.failed == n_ended:
        why = why_no_loss(counts.diverged, counts.failed, counts.pending)
        return f"No setting is ranked: {why}."
    if np.isinf(scores[0]):
        return (
            f"No setting is ranked: {counts.diverged:,} of {n_ended:,} trials diverged, half or "
            "more of each setting."
        )
    unit = " times its baseline" if summary.over_baseline else ""
    median = "median " if n_ended > len(rows) else ""
    loss = f"{median}validation loss {number(scores[0], _DIGITS)}{unit}"
    so_far = " so far" if counts.pending else ""
    if n_ended == 1:
        text = f"One trial{so_far}: {loss}."
    elif len(rows) == 1:
        text = f"One setting{so_far}: {loss}."
    else:
        text = f"Best{so_far} of {len(rows):,} settings: {rows.label(0)} ({loss})."
    test_loss, baseline = (
        summary.statistics[name][0] for name in ("median_test_loss", "test_baseline")
    )
    if np.isfinite(test_loss):
        text += f" On the test part its {median}loss is {number(test_loss, _DIGITS)}"
        if np.isfinite(baseline):
            text += f", that of the {predictor} {number(baseline, _DIGITS)}"
        text += "."
    best = outcomes.take(rows.order[: rows.first[1]])
    return f"{text} {against_baseline(best, 'test').evidence()}".rstrip()


def notes(
    collected: Collected,
    counts: Counts,
    n_running: int,
    rows: SettingRows,
    baselines: Mapping[str, float],
    predictor: str,
) -> Iterator[str]:
    """Yield sentences on the whole sweep: what beats the baseline, what is missing or left out."""
    if baselines and len(rows) > 1 and np.isfinite(rows.scores).any():
        n_trials = np.diff(rows.first)
        setting = np.repeat(np.arange(len(rows)), n_trials)
        trials = collected.outcomes.take(rows.order)
        n_better = int(beat_baseline(trials, setting, len(rows), "validation").sum())
        yield (
            f"{n_better:,} of {len(rows):,} settings beat the {predictor} on the "
            "validation part: more than half of their trials have a lower loss."
        )
    if "" in baselines:
        yield "The trials' problems differ, so each loss is compared as a share of its baseline."
    if counts.pending:
        running = f", {n_running:,} of them were running" if n_running else ""
        yield (
            f"When this page was written, {counts.pending:,} of {counts.total:,} trials had not "
            f"ended{running}{'' if counts.pending == counts.total else ': it shows the others'}."
        )
    if counts.failed:
        errors = collected.errors
        often = np.bincount(np.asarray(errors.codes, np.intp), minlength=len(errors.values))
        texts = [(int(n), text) for n, text in zip(often, errors.values, strict=True) if text]
        n, text = max(texts, key=lambda item: item[0], default=(0, ""))
        most = f" ({n:,} of them: {text})" if text else ""
        failed = "1 trial" if counts.failed == 1 else f"{counts.failed:,} trials"
        yield f"Without a loss, since they failed: {failed}{most}."
    if len(collected.problems) > 1 and not baselines:
        yield "The trials' problems differ, so that their losses may not be comparable."
