"""The plots in a results folder, and the memory that tables and plots take."""

import subprocess
import sys
import tracemalloc

import numpy as np
import pytest

from rnnsweep.analysis.survey import Survey
from rnnsweep.plots import curves, figures
from rnnsweep.plots.files import NAMES, remove_plots, write_plots
from rnnsweep.record import Record
from rnnsweep.store.store import Store
from rnnsweep.tables.results import load
from rnnsweep.tables.write import write_tables


def fill(path, n_trials, n_epochs, sizes=(8, 16)):
    """Write results of several seeds for each size; the first trial diverged."""
    rng = np.random.default_rng(0)

    def records():
        for place in range(n_trials):
            losses = np.sort(rng.random((n_epochs, 3)), axis=0)[::-1]
            status = "diverged" if place == 0 else "complete"
            settings = {
                "task": "adding", "loss": "mse", "activation": "tanh", "learning_rate": 0.01,
                "hidden_size": sizes[place % len(sizes)], "seed": place // len(sizes),
            }  # fmt: skip
            yield Record(
                f"t{place:015x}", settings, status, losses, n_params=9, best_epoch=n_epochs - 1,
                baselines={"mean": 0.5}, diverged_epoch=n_epochs - 1 if place == 0 else None,
            )  # fmt: skip

    with Store.writer(path) as store:
        store.set_sweep("s", "", ["hidden_size"], ((it.trial_id, it.settings) for it in records()))
        rng = np.random.default_rng(0)
        store.add(records())
    return path


def line_of(figure, label):
    (line,) = [line for axes in figure.axes for line in axes.lines if line.get_label() == label]
    return line.get_ydata()


def drawn_curves(path):
    with Store.reader(path) as store:
        survey = Survey(store)
        return figures.loss_curves(
            figures.study_of(survey.outcomes, survey.swept, {}), store.epochs_of
        )


def test_pictures_with_data_are_written_and_others_removed(tmp_path):
    fill(tmp_path, 12, 5)
    (tmp_path / "plots").mkdir()
    for name in (*NAMES, "mine"):
        (tmp_path / "plots" / f"{name}.png").write_text("old")
    written = write_plots(tmp_path)
    assert {path.stem for path in written} == {"loss_curves", "effects"}
    assert {path.stem for path in (tmp_path / "plots").iterdir()} == {
        "loss_curves", "effects", "mine"
    }  # fmt: skip
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in written)
    with Store.reader(tmp_path) as store:
        remove_plots(store.folder)
    assert [path.stem for path in (tmp_path / "plots").iterdir()] == ["mine"]


def test_other_formats_are_written_beside_and_removed_by_the_next_run(tmp_path):
    fill(tmp_path, 12, 5)
    drawn = write_plots(tmp_path)
    for form in ("svg", "pdf"):
        assert {path.suffix for path in write_plots(tmp_path, form)} == {f".{form}"}
    assert len(list((tmp_path / "plots").iterdir())) == 3 * len(drawn)
    with Store.reader(tmp_path) as store:
        remove_plots(store.folder, keep=drawn)
    assert set((tmp_path / "plots").iterdir()) == set(drawn)


def test_lines_are_medians_of_the_table_of_epochs(tmp_path):
    fill(tmp_path, 12, 5)
    results = load(tmp_path)
    epochs = results.epochs.merge(results.trials[["trial_id", "status"]])
    for size in (8, 16):
        losses = epochs[epochs["hidden_size"] == size].pivot(index="epoch", columns="seed")
        losses = losses["val_loss"]
        if size == 8:  # its first seed diverged in the last epoch
            losses.iloc[-1, 0] = np.inf
        drawn = line_of(drawn_curves(tmp_path), str(size))
        np.testing.assert_array_equal(drawn, losses.median(axis=1))
        np.testing.assert_array_equal(drawn, results.curves("hidden_size")[size])


def test_of_very_many_losses_an_even_choice_of_seeds(tmp_path, monkeypatch):
    fill(tmp_path, 2 * 101, 4)
    monkeypatch.setattr(curves, "MAX_LOSSES", 4 * 11)
    seeds = []
    with Store.reader(tmp_path) as store:
        survey = Survey(store)

        def epochs_of(trial_ids):
            seeds.append([int(trial_id[1:], 16) // 2 for trial_id in trial_ids])
            return store.epochs_of(trial_ids)

        study = figures.study_of(survey.outcomes, survey.swept, {})
        figure = figures.loss_curves(study, epochs_of)
    assert seeds == [list(range(0, 101, 10))] * 2
    texts = [*figure.texts, figure._supxlabel]
    words = " ".join(text.get_text().replace("\n", " ") for text in texts)
    assert "median over 101 seeds" in words
    assert "Of the seeds of a line 11 or more are drawn, evenly from first to last" in words
    epochs = load(tmp_path).epochs
    some = epochs[(epochs["hidden_size"] == 16) & (epochs["seed"] % 10 == 0)]
    median = some.groupby("epoch")["val_loss"].median()
    np.testing.assert_array_equal(line_of(figure, "16"), median)


# Memory


def peak(work):
    """Return the largest number of bytes in use at once, those of NumPy arrays included."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def tables_of(path):
    with Store.reader(path) as store:
        write_tables(store)


@pytest.mark.parametrize("work", [tables_of, write_plots], ids=["tables", "plots"])
def test_memory_is_flat_in_the_number_of_trials(tmp_path, work):
    n_few, n_many = 1_000, 5_000
    paths = {n: fill(tmp_path / str(n), n, 1) for n in (n_few, n_many)}
    work(paths[n_few])  # what is loaded once
    # How a trial ended is kept: its id (65 bytes), five numbers, references to its settings.
    assert peak(lambda: work(paths[n_many])) < peak(lambda: work(paths[n_few])) + 500 * (
        n_many - n_few
    )


def test_memory_is_flat_in_the_number_of_epochs(tmp_path):
    # 8 MB of losses and 20 MB of text; a trial's own of both and what is read at once are there.
    paths = {n: fill(tmp_path / str(n), 200, n) for n in (100, 1_700)}
    tables_of(paths[100])
    assert peak(lambda: tables_of(paths[1_700])) < 14e6
    write_plots(paths[100])
    # Of one line at a time: 1.4 MB of losses, and a few copies of them.
    assert peak(lambda: write_plots(paths[1_700])) < peak(lambda: write_plots(paths[100])) + 14e6


def test_neither_needs_pandas_nor_pyplot(tmp_path):
    code = """
import sys
from rnnsweep.plots.files import write_plots
from rnnsweep.tables.results import load
from rnnsweep.store.store import Store
from rnnsweep.tables.write import write_tables
with Store.reader(sys.argv[1]) as store:
    write_tables(store)
results = load(sys.argv[1])
results.summarised(), results.errors(), results.baselines(), results.over_baseline
heavy = {"matplotlib", "matplotlib.pyplot", "pandas", "pyarrow", "scipy", "numba"}
print(*sorted(heavy & sys.modules.keys()))
write_plots(sys.argv[1])
print(*sorted(heavy & sys.modules.keys()))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, fill(tmp_path, 4, 2)],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["", "matplotlib"]
