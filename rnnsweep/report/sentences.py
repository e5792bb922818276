"""What the page says of the sweep in words: the best setting, and what a reader has to know."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from rnnsweep.analysis.summary import Summary
from rnnsweep.array_types import Codes, Floats
from rnnsweep.store.sweep_state import Counts
from rnnsweep.value_text import number

from .axes import Axis
from .collected import Collected

_DIGITS = 4


def headline(summary: Summary, scores: Floats, axes: Sequence[Axis], first: Codes) -> str:
    """Return sentences on the best setting, chosen on the validation part, with its test loss.

    Parameters
    ----------
    summary : Summary
        A row for each setting, the best first.
    scores : (n_settings,) array
        The median of what trials are ranked by, of each row.
    axes : sequence of Axis
    first : (n_settings,) array of int
        The place of the first trial of each row.
    """
    if not len(scores):
        return "No trial has ended yet."
    if np.isnan(scores[0]):
        return "Every trial failed."
    if np.isinf(scores[0]):
        return "Half of the trials of every setting or more diverged."
    unit = " times its baseline" if summary.over_baseline else ""
    loss = f"median validation loss {number(scores[0], _DIGITS)}{unit}"
    if len(scores) == 1:
        text = f"One setting: {loss}."
    else:
        setting = ", ".join(f"{axis.name} {axis.labels[axis.codes[first[0]]]}" for axis in axes)
        text = f"Best of {len(scores):,} settings: {setting} ({loss})."
    test_loss, baseline = (
        summary.statistics[name][0] for name in ("median_test_loss", "test_baseline")
    )
    if np.isfinite(test_loss):
        text += f" On the test part its median loss is {number(test_loss, _DIGITS)}"
        if np.isfinite(baseline):
            text += f", that of the best trivial predictor {number(baseline, _DIGITS)}"
        text += "."
    return text


def notes(
    collected: Collected, counts: Counts, scores: Floats, baselines: Mapping[str, float]
) -> Iterator[str]:
    """Yield sentences on the whole sweep: what beats the baseline, what is missing or left out."""
    if baselines and len(scores) > 1:
        best = min(baselines, key=lambda name: baselines[name])
        n_better = int((scores < baselines[best]).sum())
        which = f" ({best}, {number(baselines[best], _DIGITS)})" if best else ""
        yield (
            f"{n_better:,} of {len(scores):,} settings have a lower median validation loss than "
            f"the best trivial predictor{which}."
        )
    if "" in baselines:
        yield "The trials' problems differ, so each loss is compared as a share of its baseline."
    if counts.pending:
        yield (
            f"{counts.pending:,} of {counts.total:,} trials have not ended: the page has those "
            "that had ended when it was written."
        )
    if counts.failed:
        errors = collected.errors
        often = np.bincount(np.asarray(errors.codes, np.intp), minlength=len(errors.values))
        texts = [(int(n), text) for n, text in zip(often, errors.values, strict=True) if text]
        n, text = max(texts, key=lambda item: item[0])
        failed = "1 trial" if counts.failed == 1 else f"{counts.failed:,} trials"
        yield f"Without a loss, since they failed: {failed} ({n:,} of them: {text})."
    if len(collected.problems) > 1 and not baselines:
        yield "The trials' problems differ, so that their losses may not be comparable."
