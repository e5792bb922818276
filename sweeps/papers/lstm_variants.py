"""Table and picture of lstm_variants: python sweeps/papers/lstm_variants.py [RESULTS] [PICTURE].

For each cell and task the learning rate with the lowest median of `best_val_loss` is chosen; the
table and the picture show the test loss at that rate, over the task's baseline on the test part.
"""

import sys

import matplotlib.pyplot as plt
import pandas as pd

import rnnsweep

BLUE, RED, GREY = "#0072b2", "#d55e00", "#666666"
TITLES = {
    "adding": "adding, 40 time steps",
    "copy": "copy, delay 1",
    "temporal_order": "temporal order, 50 time steps",
}


def chosen(trials: pd.DataFrame) -> pd.DataFrame:
    """Return the trials of each cell and task at the learning rate that validation chooses."""
    trials = trials.assign(val=trials["best_val_loss"].where(trials["status"] != "diverged"))
    medians = trials.fillna({"val": float("inf")}).groupby(["task", "cell", "learning_rate"])["val"]
    best = medians.median().groupby(level=["task", "cell"]).idxmin()
    keys = pd.MultiIndex.from_frame(trials[["task", "cell", "learning_rate"]])
    at_best = trials[keys.isin(best)]
    return at_best.assign(ratio=at_best["test_loss"] / at_best["test_baseline"])


def draw(trials: pd.DataFrame, path: str) -> None:
    """Draw each trial as a dot and the median of its cell as a line, one panel for each task."""
    tasks = sorted(TITLES)
    order = [
        *(cell for cell in dict.fromkeys(trials["cell"]) if cell.startswith("lstm")),
        *(cell for cell in dict.fromkeys(trials["cell"]) if not cell.startswith("lstm")),
    ]
    figure, panels = plt.subplots(1, 3, figsize=(11, 5.2), sharey=True, layout="constrained")
    for panel, task in zip(panels, tasks, strict=True):
        of_task = trials[trials["task"] == task]
        reference = of_task.loc[of_task["cell"] == "lstm_peephole", "ratio"].median()
        panel.axvline(reference, color=GREY, linewidth=1)
        panel.axvline(1.0, color=GREY, linewidth=1, linestyle="--")
        for row, cell in enumerate(order):
            ratios = of_task.loc[of_task["cell"] == cell, "ratio"]
            color = BLUE if cell.startswith("lstm") else RED
            panel.plot(ratios, [row] * len(ratios), "o", color=color, alpha=0.35, markersize=4)
            panel.plot(ratios.median(), row, "|", color=color, markersize=15, markeredgewidth=2.5)
        panel.set(xscale="log", title=TITLES[task], xlabel="test loss / baseline")
        panel.grid(axis="x", alpha=0.25)
        low, high = panel.get_xlim()
        if high / low < 20:  # too few powers of ten for labels
            panel.set_xticks([0.2, 0.4, 0.6, 1.0], ["0.2", "0.4", "0.6", "1"])
            panel.xaxis.set_minor_formatter("")
    panels[0].set_yticks(range(len(order)), order)
    panels[0].invert_yaxis()
    figure.suptitle(
        "Test loss of ten seeds (dots) and their median (bar) at the learning rate that validation "
        "chose.\nGrey line: the LSTM with peepholes. Dashed: a network without memory.",
        fontsize=10,
    )
    figure.savefig(path, dpi=110)


def main() -> None:
    """Print the table of medians, and draw the picture."""
    defaults = ["results/lstm_variants", "lstm_variants.png"]
    folder, path = [*sys.argv[1:], *defaults[len(sys.argv) - 1 :]]
    trials = chosen(rnnsweep.load(folder).trials)
    table = trials.pivot_table(index="cell", columns="task", values="ratio", aggfunc="median")
    rates = trials.groupby(["cell", "task"])["learning_rate"].first().unstack()
    print(table.loc[list(dict.fromkeys(trials["cell"]))].round(4).to_string())
    print(rates.loc[table.index].to_string())
    draw(trials, path)


if __name__ == "__main__":
    main()
