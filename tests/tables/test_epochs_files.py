"""The table of epochs as a CSV and as a Parquet file, whose numbers read back to the bit."""

import csv
import math
import re
import signal
import struct
from contextlib import contextmanager

import numpy as np
import orjson
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rnnsweep import sweepfile
from rnnsweep.errors import ResultsError, SweepError
from rnnsweep.record import Record
from rnnsweep.store import walk
from rnnsweep.store.folder import Folder
from rnnsweep.store.store import Store
from rnnsweep.sweepfile.rules import recording as recording_rules
from rnnsweep.tables.results import load
from rnnsweep.tables.write import write_tables

# Zeros, subnormals, powers of ten about the ends of plain notation, halfway cases, the largest.
HARD = [
    *(0.0, -0.0, 5e-324, -5e-324, 2.2250738585072014e-308, 2.225073858507201e-308),
    *(1e-7, 1e-5, 9.999999999999999e-05, 1e-4, 0.1, 1 / 3, 0.30000000000000004, 1.0, 123.0),
    *(1e15, 9007199254740993.0, 9999999999999998.0, 1e16, 1e17, 1e21, 1e22, 1e23, 5e22),
    *(1.7976931348623157e308, -1.7976931348623157e308, 2.0**-1074, 2.0**1023, 9.5e-323),
    *(float(np.float32(0.1)), float(np.float32(1e-45)), math.pi, -math.e),
]
NOTHING = [math.nan, math.inf, -math.inf]


def trial(place, epochs, extra=(), **settings):
    own = {"task": "adding", "hidden_size": 8, "name": "a,b", "seed": place, **settings}
    return Record(f"t{place}", own, "complete", np.array(epochs, float), extra_columns=extra)


def fill(path, records, form="csv", swept=("hidden_size", "name")):
    with Store.writer(path) as results:
        trials = [(record.trial_id, record.settings) for record in records]
        results.set_sweep("s", "", list(swept), trials)
        results.add(records)
        write_tables(results, form)
    return Folder(path)


def slow_csv(records, extra=()):
    """Return the file as the csv module writes it, number by number."""
    lines = [["trial_id", "hidden_size", "name", "seed", "epoch", "train_loss", "val_loss"]]
    lines[0] += ["grad_norm", *extra]
    for record in records:
        settings = [record.settings[name] for name in ("hidden_size", "name", "seed")]
        for epoch, row in enumerate(record.epochs.tolist()):
            numbers = dict(zip(record.extra_columns, row[3:], strict=True))
            row = [*row[:3], *(numbers.get(name, math.nan) for name in extra)]
            cells = [orjson.dumps(x).decode() if math.isfinite(x) else "" for x in row]
            lines.append([record.trial_id, *settings, epoch, *cells])
    return lines


def written(folder):
    with folder.epochs_csv.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def bits(value):
    return struct.pack("<d", value)


def digits(text):
    """Return the significant digits of a number's text."""
    mantissa = re.sub(r"e.*|[-.]", "", text)
    return mantissa.strip("0")


# CSV


def test_hard_numbers_read_back_to_the_bit_and_are_as_short_as_can_be(tmp_path):
    numbers = np.array((HARD + [0.5] * 3)[: 3 * (len(HARD) // 3 + 1)]).reshape(-1, 3)
    (_, *rows) = written(fill(tmp_path, [trial(0, numbers)]))
    cells = [cell for row in rows for cell in row[5:]]
    assert [bits(float(cell)) for cell in cells] == [bits(value) for value in numbers.ravel()]
    assert list(map(digits, cells)) == [digits(repr(value)) for value in numbers.ravel().tolist()]


def test_what_is_not_finite_is_an_empty_cell(tmp_path):
    (_, *rows) = written(fill(tmp_path, [trial(0, [NOTHING, [1.0, math.nan, -0.0]])]))
    assert [row[5:] for row in rows] == [["", "", ""], ["1.0", "", "-0.0"]]


@hypothesis_settings(max_examples=40, deadline=None)  # the disk sets the pace
@given(st.lists(st.lists(st.floats(), min_size=3, max_size=3), max_size=30))
def test_the_file_equals_that_of_the_slow_writer(tmp_path_factory, rows):
    records = [trial(0, np.array(rows).reshape(-1, 3)), trial(1, [[0.5, 0.25, 1.0]])]
    folder = fill(tmp_path_factory.mktemp("results"), records)
    expected = [[str(cell) for cell in line] for line in slow_csv(records)]
    assert written(folder) == expected
    text = folder.epochs_csv.read_text(encoding="utf-8")
    assert text.splitlines()[1:] == [
        ",".join(f'"{cell}"' if "," in cell else cell for cell in line) for line in expected[1:]
    ]


def test_trials_at_the_ends_of_chunks(tmp_path, monkeypatch):
    monkeypatch.setattr(walk, "CHUNK", 3)
    monkeypatch.setattr(walk, "CHUNK_BYTES", 24 * 5)
    rng = np.random.default_rng(0)
    records = [trial(i, rng.random((n, 3))) for i, n in enumerate([0, 1, 4, 5, 6, 0, 9, 1, 1, 1])]
    extra = ("accuracy",)
    records += [trial(10 + i, rng.random((i, 4)), extra) for i in range(3)]
    folder = fill(tmp_path, records)
    assert written(folder) == [list(map(str, line)) for line in slow_csv(records, extra)]


# Parquet


@pytest.fixture
def parquet(monkeypatch):
    """Return pyarrow.parquet; files are written in row groups of a few rows."""
    reader = pytest.importorskip("pyarrow.parquet")
    from rnnsweep.tables import epochs_parquet

    monkeypatch.setattr(epochs_parquet, "_ROW_GROUP_VALUES", 40)
    return reader


def test_parquet_has_the_content_of_the_csv_file(tmp_path, parquet):
    rng = np.random.default_rng(0)
    hard = np.resize([*HARD, *NOTHING], (40, 3))
    records = [
        trial(0, hard, name="x"),
        trial(1, np.empty((0, 3))),
        trial(2, rng.random((7, 4)), ("accuracy",), hidden_size=None, name=None),
    ]
    for i in range(9):
        swept = {"rate": i / 4, "both": i if i % 2 else 0.5}
        records.append(trial(3 + i, rng.random((1 + i, 3)), **swept))
    swept = ("hidden_size", "name", "rate", "both")
    rows = written(fill(tmp_path / "csv", records, swept=swept))
    folder = fill(tmp_path / "parquet", records, "parquet", swept)
    file = parquet.ParquetFile(folder.epochs_parquet)
    assert file.num_row_groups > 3
    table = file.read()
    assert table.column_names == rows[0]
    kinds = dict(zip(rows[0], map(str, table.schema.types), strict=True))
    text = "dictionary<values=string, indices=int32, ordered=0>"
    assert kinds.pop("trial_id") == kinds.pop("name") == text
    assert {name for name, kind in kinds.items() if kind == "int64"} == {
        "hidden_size", "seed", "epoch"
    }  # fmt: skip
    assert set(kinds.values()) == {"int64", "double"}
    for row, cells in zip(rows[1:], zip(*table.to_pydict().values(), strict=True), strict=True):
        for cell, value in zip(row, cells, strict=True):
            if isinstance(value, float):
                assert bits(float(cell)) == bits(value)
            else:
                assert cell == ("" if value is None else str(value))


def test_parquet_is_read_by_pandas_as_the_results_are(tmp_path, parquet):
    assert parquet
    rng = np.random.default_rng(0)
    records = [trial(i, rng.random((20, 3))) for i in range(30)]
    folder = fill(tmp_path, records, "parquet")
    frame, expected = pd.read_parquet(folder.epochs_parquet), load(tmp_path).epochs
    assert isinstance(frame["trial_id"].dtype, pd.CategoricalDtype)
    for name in ("trial_id", "name"):
        frame[name] = frame[name].astype(expected[name].dtype)
    pd.testing.assert_frame_equal(frame, expected, check_exact=True)


def test_parquet_of_no_epochs_has_its_columns(tmp_path, parquet):
    table = parquet.read_table(fill(tmp_path, [], "parquet").epochs_parquet)
    assert table.num_rows == 0
    assert table.column_names == slow_csv([])[0]


def test_the_file_of_the_other_format_is_removed(tmp_path, parquet):
    assert parquet
    records = [trial(0, [[0.5, 0.25, 1.0]])]
    for form in ("csv", "parquet", "csv"):
        folder = fill(tmp_path, records, form)
        assert folder.epochs_csv.exists() == (form == "csv")
        assert folder.epochs_parquet.exists() == (form == "parquet")


SWEEP = """
[task]
name = "adding"
seq_len = 5
[model]
hidden_size = 2
[train]
learning_rate = 0.1
epochs = 1
[output]
epochs = "parquet"
"""


def test_parquet_without_pyarrow_is_refused_before_anything_starts(tmp_path, monkeypatch):
    file = tmp_path / "sweep.toml"
    file.write_text(SWEEP)
    monkeypatch.setattr(recording_rules, "find_spec", lambda name: None)
    with pytest.raises(SweepError) as caught:
        sweepfile.load(file)
    for word in ("[output] epochs", "pyarrow", "not installed", "rnnsweep[parquet]", '"csv"'):
        assert word in str(caught.value)
    with pytest.raises(SweepError, match=r"--set output\.epochs"):
        sweepfile.load(file, ["output.epochs=parquet"])
    assert sweepfile.load(file, ["output.epochs=csv"])
    monkeypatch.setattr(recording_rules, "find_spec", lambda name: object())
    assert sweepfile.load(file)


def test_the_format_is_not_part_of_a_trial_id(tmp_path, monkeypatch):
    monkeypatch.setattr(recording_rules, "find_spec", lambda name: object())
    file = tmp_path / "sweep.toml"
    file.write_text(SWEEP)
    (one,), (other,) = sweepfile.load(file), sweepfile.load(file, ["output.epochs=csv"])
    assert one.trial_id == other.trial_id


# Faults


@contextmanager
def files_no_larger_than(size):
    """Limit the size of files, whose errors are those of a full disk."""
    resource = pytest.importorskip("resource")
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)


@pytest.mark.parametrize("n_epochs", [2_000, 60_000])  # found at the end, found on the way
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_error_of_a_full_disk_names_the_file_that_grew(tmp_path, form, n_epochs):
    if form == "parquet":
        pytest.importorskip("pyarrow")
    records = [trial(0, np.random.default_rng(0).random((n_epochs, 3)))]
    fill(tmp_path, [trial(0, [[0.5, 0.25, 1.0]])], form)
    with Store.writer(tmp_path) as results:
        results.add(records)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with (
        Store.reader(tmp_path) as results,
        files_no_larger_than(20_000),
        pytest.raises(ResultsError, match=rf"epochs\.{form} cannot be written: the disk is full"),
    ):
        write_tables(results, form)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
