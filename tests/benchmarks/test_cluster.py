"""The benchmark of a Dask cluster runs, with fewer trials and rounds."""

import pytest

pytest.importorskip("distributed")

from benchmarks import cluster


@pytest.mark.long
def test_each_way_trains_the_trials(monkeypatch, capsys):
    few = ["task.n_train=32", "task.n_val=32", "train.epochs=1", "seed=[0, 1]"]
    monkeypatch.setattr(cluster, "SHORT", few)
    monkeypatch.setattr(cluster, "LONG", [*few, "model.hidden_size=8"])
    monkeypatch.setattr(cluster, "N_ROUNDS", 1)
    cluster.main()
    lines = capsys.readouterr().out.splitlines()
    # On a machine without compiled kernels, lines about these come first.
    assert [line.partition(":")[0] for line in lines if " trials: " in line] == [
        "96 short trials",
        "24 long trials",
        "24 long trials",
    ]
