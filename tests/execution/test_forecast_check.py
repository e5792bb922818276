"""`verify` and forecast.csv: what a run wrote passes, and each change is found and named."""

from pathlib import Path

import pytest
from commandline import Heard
from forecast_cases import rising, write_series, write_sweep

import rnnsweep
from rnnsweep import ResultsError
from rnnsweep.execution import forecast_check
from rnnsweep.execution.run import _enter_trials
from rnnsweep.interruption import deferred
from rnnsweep.store.store import Store
from rnnsweep.tables.write import write_tables

FILE = Path("results/sweep/forecast.csv")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A finished sweep of three trials that forecast."""
    monkeypatch.chdir(tmp_path)
    write_series(rising(120))
    run(write_sweep("season = 12", epochs=1))
    return tmp_path


def run(name="sweep.toml", **options):
    return rnnsweep.run(name, plots=False, report=False, **options)


def verify(folder="results/sweep", sample=1):
    return rnnsweep.verify(folder, sample=sample)


def fault(**arguments):
    with pytest.raises(ResultsError) as caught:
        verify(**arguments)
    assert "1 difference:" in str(caught.value)
    return str(caught.value)


def test_what_a_run_wrote_passes(home):
    assert "the tables and forecast.csv agree with it" in str(verify())
    # Without a sample no data are read, also where they are gone.
    (home / "series.csv").unlink()
    assert "but for forecast.csv, which takes a sample to be compared" in str(verify(sample=0))


@pytest.mark.parametrize(
    ("column", "name"), [(4, "truth"), (5, "network"), (6, "mean"), (8, "seasonal_naive_12")]
)
def test_a_changed_number_is_named(column, name):
    lines = FILE.read_text().split("\n")
    cells = lines[9].split(",")
    cells[column] = "311.25"
    lines[9] = ",".join(cells)
    FILE.write_text("\n".join(lines))
    assert f"forecast.csv, row 9 (t{cells[0][1:]}): {name} is '311.25', and '" in fault()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda path: path.unlink(), "forecast.csv is not there"),
        (lambda path: path.write_text(""), "forecast.csv: its heading is not that of this sweep"),
        (lambda path: path.write_text(path.read_text()[:-400]), "; the number of rows is "),
    ],
)
def test_a_file_that_is_gone_or_cut_is_a_difference(change, words):
    change(FILE)
    assert words in fault()


def test_a_file_of_another_network_is_a_difference():
    earlier = FILE.read_bytes()
    run(overrides={"train.epochs": 3})
    FILE.write_bytes(earlier)
    assert "forecast.csv, row 1 (t" in fault()


def test_a_file_without_a_network_is_a_difference():
    copied = FILE.read_bytes()
    run(overrides={"train.epochs": 2, "output.save_params": "none"})
    FILE.write_bytes(copied)
    assert "the store has no network that it could be of" in fault()


def test_while_trials_are_pending_only_the_file_of_the_best_one_counts():
    Path("sweep.toml").write_text(
        Path("sweep.toml").read_text().replace("[0, 1, 2]", "[0, 1, 2, 3]")
    )
    with deferred() as interruption, Store.writer(FILE.parent) as store:
        _enter_trials(rnnsweep.load_sweep("sweep.toml"), store, interruption)  # then killed
        write_tables(store)
    assert "the tables and forecast.csv agree with it" in str(verify())
    lines = FILE.read_text().split("\n")
    FILE.write_text("\n".join([*lines[:3], *lines[4:]]))
    assert "forecast.csv, row 3" in fault()
    FILE.unlink()  # as after a run that was interrupted
    assert "the tables agree with it;" in str(verify())
    run()
    assert "the tables and forecast.csv agree with it" in str(verify())


def test_a_shard_has_a_file_of_its_own():
    rnnsweep.run("sweep.toml", results="part", shard="1/3", plots=False, report=False)
    assert "the tables and forecast.csv agree with it" in str(verify("part"))
    Path("part/forecast.csv").unlink()
    assert "forecast.csv is not there" in fault(folder="part")


def test_on_another_type_of_cpu_roundings_are_no_difference(monkeypatch):
    monkeypatch.setattr(forecast_check, "CPU_TYPE", "another type")
    lines = FILE.read_text().split("\n")
    cells = lines[9].split(",")
    cells[5] = repr(float(cells[5]) * (1 + 1e-7))
    lines[9] = ",".join(cells)
    FILE.write_text("\n".join(lines))
    assert "the tables and forecast.csv agree with it" in str(verify())
    cells[5] = repr(float(cells[5]) * 1.01)
    lines[9] = ",".join(cells)
    FILE.write_text("\n".join(lines))
    assert "network is" in fault()


def test_a_repaired_store_gives_the_same_file():
    written = FILE.read_bytes()
    store = FILE.with_name("store.db")
    content = bytearray(store.read_bytes())
    n = len(content) // 2
    content[n : n + 4096] = bytes(4096)
    store.write_bytes(content)
    heard = Heard()
    rnnsweep.run("sweep.toml", repair=True, plots=False, report=False, progress=heard)
    assert FILE.with_name("store.db.damaged").exists()
    assert FILE.read_bytes() == written
    assert "the tables and forecast.csv agree with it" in str(verify(sample=None))
