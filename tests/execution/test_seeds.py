"""Sweeps with seeds apart: their columns, what is pooled, what is kept, and what is recomputed."""

import tomllib
from pathlib import Path

import pytest
from commandline import TINY, Heard, rows
from matplotlib.text import Text

import rnnsweep
from rnnsweep.cli.main import main
from rnnsweep.execution.plan import make_plan
from rnnsweep.execution.sweep_cost import costs_of, memory_bytes
from rnnsweep.store.store import Store

FOLDER = Path("results/tiny")
APART = "[grid]\nmodel.hidden_size = [2, 3]\nseed_init = [0, 1]\nseed_data = [0, 1, 2]\n"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch, no_plots):
    monkeypatch.chdir(tmp_path)


def table_of(path):
    """Return the rows of a CSV file, each by the names of its columns."""
    heading, *content = rows(path)
    return [dict(zip(heading, row, strict=True)) for row in content]


def run(axes, head=""):
    """Run the tiny sweep with these axes; return its results, and what was said first."""
    Path("tiny.toml").write_text(head + TINY[: TINY.index("[grid]")] + axes)
    heard = Heard()
    results = rnnsweep.run("tiny.toml", jobs=2, report=False, progress=heard)
    return results, heard.said[0]


def test_named_seeds_are_columns_and_are_pooled():
    results, _ = run(APART, "seed = 5\n")
    assert results.swept == ["hidden_size"]
    assert results.seeds == ["seed", "seed_data", "seed_init"]
    table = table_of(FOLDER / "trials.csv")
    columns = [name for name in table[0] if name.startswith("seed")]
    assert columns == results.seeds
    assert [tuple(row[name] for name in columns) for row in table[:6]] == [
        ("5", str(data), str(init)) for data in range(3) for init in range(2)
    ]
    # A task's own settings come last.
    assert [*table[0]].index("seed_init") + 1 == [*table[0]].index("task_seq_len")
    epochs = table_of(FOLDER / "epochs.csv")
    assert [*epochs[0]][:6] == ["trial_id", "hidden_size", *results.seeds, "epoch"]
    summary = table_of(FOLDER / "summary.csv")
    assert [*summary[0]][:2] == ["hidden_size", "n"]
    assert [row["n"] for row in summary] == ["6", "6"]
    assert [*results.trials.columns] == [*table[0]]
    assert len(results.summary(by=["seed_data"])) == 3


def test_a_file_that_names_no_other_seed_has_the_columns_of_before():
    results, _ = run("[grid]\nmodel.hidden_size = [2]\nseed = [0, 1]\n")
    assert results.seeds == ["seed"]
    assert [name for name in results.trials if name.startswith("seed")] == ["seed"]
    assert [*results.epochs][:3] == ["trial_id", "hidden_size", "seed"]


def test_an_edited_file_keeps_the_trials_that_it_had():
    before, _ = run("[grid]\nmodel.hidden_size = [2, 3]\nseed = [0, 1]\n")
    losses = before.trials.set_index("trial_id")["best_val_loss"]
    apart, said = run(APART)
    # Of the two seeds, that with the key seed = 0 is the trial whose seeds are all 0.
    assert "12 trials, 10 to train" in said
    assert "2 kept, 2 no longer in the file" in said
    kept = apart.trials[apart.trials["trial_id"].isin(losses.index)]
    assert kept[apart.seeds].to_numpy().tolist() == [[0, 0, 0], [0, 0, 0]]
    assert kept["best_val_loss"].tolist() == losses[kept["trial_id"]].tolist()
    again, said = run("[grid]\nmodel.hidden_size = [2, 3]\nseed = [0, 1]\n")
    assert "0 to train" in said
    assert again.trials.equals(before.trials)


def test_trials_that_share_the_data_have_one_baseline():
    trials = run(APART)[0].trials
    assert trials.groupby("seed_data")["baseline"].nunique().tolist() == [1, 1, 1]
    assert trials["baseline"].nunique() == 3


def test_the_scatter_of_the_seeds_is_taken_apart():
    results, _ = run(APART, "seed_order = 3\n")
    table = results.seed_variance("log_loss")
    assert [*table.columns] == ["seed", "share", "ci95_low", "ci95_high"]
    assert table["seed"].tolist() == ["seed_data", "seed_init", "interactions of seeds"]
    assert table["share"].sum() == pytest.approx(1)
    assert table.attrs["n_settings"] == 2
    assert table.attrs["n_trials"] == 12
    assert "6 combinations of seeds (3 seed_data x 2 seed_init)" in table.attrs["note"]
    with pytest.raises(rnnsweep.SweepError, match="did you mean log_loss"):
        results.seed_variance("log_los")
    one, _ = run("[grid]\nmodel.hidden_size = [2]\nseed = [0, 1]\n")
    with pytest.raises(rnnsweep.SweepError, match="only seed varies among the trials"):
        one.seed_variance()


def test_the_screen_says_that_the_interval_counts_seeds(capsys):
    run(APART)
    with pytest.raises(SystemExit, match="0"):
        main(["summary", str(FOLDER)])
    line = "ci95 counts seed_data and seed_init, not trials: those that share one are dependent"
    assert line in " ".join(capsys.readouterr().out.split())
    run("[grid]\nmodel.hidden_size = [2]\nseed = [0, 1]\n")
    with pytest.raises(SystemExit, match="0"):
        main(["summary", str(FOLDER)])
    assert "ci95 counts" not in capsys.readouterr().out


def test_pictures_by_a_seed():
    results, _ = run(APART)
    curves = results.plot.curves(by="seed_data")
    texts = {text.get_text().replace("\n", " ") for text in curves.findobj(Text)}
    assert {"seed data", "0", "1", "2"} <= texts
    effects = results.plot.effects(by=["seed_init", "hidden_size"])
    titles = " ".join(text.get_text() for text in effects.findobj(Text))
    assert "seed init" in titles
    assert "hidden size" in titles
    assert "explains" not in titles  # a seed that is shown as a setting has no exact share
    with pytest.raises(rnnsweep.SweepError, match="'seed_order', which is no setting that varies"):
        results.plot.effects(by="seed_order")


def test_interrupted_runs_and_recomputation_give_the_same_bytes():
    run(APART, "seed_order = 3\n")
    tables = {name: (FOLDER / name).read_bytes() for name in ("trials.csv", "epochs.csv")}
    verified = rnnsweep.verify(FOLDER, sample=None)
    assert (verified.n_trials, verified.n_equal) == (12, 12)
    shards = [rnnsweep.run("tiny.toml", shard=f"{k}/3", report=False).folder for k in (1, 2, 3)]
    rnnsweep.merge("all", shards)
    for name, content in tables.items():
        assert Path("all", name).read_bytes() == content
    with Store.reader("all") as store:
        assert store.info().seeds == ("seed", "seed_data", "seed_init", "seed_order")


def test_the_file_of_a_single_trial_has_its_seeds():
    from rnnsweep.sweepfile.one_trial import trial_toml

    results, _ = run(APART, "seed_order = 3\n")
    with Store.reader(FOLDER) as store:
        text = store.info().text
        trial = list(store.trials())[-1]
    alone = trial_toml(text, trial.trial_id, trial.settings)
    document = tomllib.loads(alone)
    assert [document[name] for name in ("seed_data", "seed_init", "seed_order")] == [2, 1, 3]
    Path("alone.toml").write_text(alone)
    (one,) = rnnsweep.load_sweep("alone.toml")
    assert one.trial_id == trial.trial_id == results.trials["trial_id"].iloc[-1]


def test_seeds_apart_change_no_cost():
    for axes in (APART, "[grid]\nmodel.hidden_size = [2, 3]\nseed = {from = 0, to = 5, num = 6}\n"):
        Path("tiny.toml").write_text(TINY[: TINY.index("[grid]")] + axes)
        sweep = rnnsweep.load_sweep("tiny.toml")
        assert len(costs_of(sweep)) == 2
    plan = make_plan(rnnsweep.load_sweep("tiny.toml"), None, 1, measure=False)
    assert plan.n_trials == 12


def test_memory_counts_the_data_of_each_seed_of_the_data_once():
    def data_bytes(head, seeds):
        text = head + TINY.replace("n_train = 32", "n_train = 100_000")
        Path("tiny.toml").write_text(text.replace("seed = [0, 1]\n", seeds))
        sweep = rnnsweep.load_sweep("tiny.toml")
        return memory_bytes(sweep, costs_of(sweep), 1)

    four, one = "seed = [0, 1, 2, 3]\n", "seed = [0]\n"
    assert data_bytes("", four) > data_bytes("", one)
    assert data_bytes("seed_data = 1\n", four) == data_bytes("", one)
    assert data_bytes("", "seed_init = [0, 1, 2, 3]\n") == data_bytes("", one)
    assert data_bytes("", "seed_data = [0, 1, 2, 3]\nseed = [0, 1]\n") == data_bytes("", four)
