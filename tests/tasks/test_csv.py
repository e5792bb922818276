"""The user's series: windows, split, scaling, and every way in which a file can be wrong."""

import pickle
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError
from task_cases import baselines

from rnnsweep.tasks import Sources
from rnnsweep.tasks.csv import Csv
from rnnsweep.tasks.reading.csv_file import TableReader

SUNSPOTS = Path(__file__).parents[2] / "sweeps" / "data" / "sunspots.csv"


def table(n=40, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, 2)).round(3) * [1, 100]


def write(path, values, header="a,b"):
    rows = [",".join(str(value) for value in row) for row in values]
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def make(path, **keys):
    settings = {"name": "csv", "path": str(path), "target": "b", "window": 4} | keys
    return Csv.model_validate(settings)


@pytest.mark.parametrize("output", ["last", "every"])
@pytest.mark.parametrize(("window", "horizon"), [(4, 1), (1, 1), (3, 5)])
def test_windows_are_those_of_a_plain_loop(tmp_path, output, window, horizon):
    values = table()
    task = make(
        write(tmp_path / "a.csv", values),
        inputs=["b", "a"],
        window=window,
        horizon=horizon,
        scaling="none",
    )
    x, y, now = [[], [], []], [[], [], []], [[], [], []]
    bounds = [(0, 24), (24, 32), (32, 40)]  # 40 rows, a fifth each for validation and test
    for start in range(40):
        input_rows = range(start, start + window)
        targets = [t + horizon for t in input_rows]
        if output == "last":
            targets = targets[-1:]
        for part, (first, stop) in enumerate(bounds):
            if first <= targets[0] and targets[-1] < stop:
                x[part].append([values[t, ::-1] for t in input_rows])
                y[part].append([values[t, 1] for t in targets])
                now[part].append([values[t - horizon, 1] for t in targets])
    for part, made in enumerate(task.data(0, output)):
        np.testing.assert_array_equal(made.x, x[part])
        np.testing.assert_array_equal(made.y.reshape(len(y[part]), -1), y[part])
        np.testing.assert_array_equal(made.persistence.reshape(len(y[part]), -1), now[part])
        assert made.y.ndim == (3 if output == "every" else 2)
        assert made.lengths is None
        assert all(array.flags.c_contiguous and array.dtype == np.float64 for array in made[:3])
    assert task.shape(output) == (window, 2, 1, *(len(rows) for rows in x))


def test_scaling_uses_the_training_rows_alone(tmp_path):
    values = table()
    task = make(write(tmp_path / "a.csv", values), inputs=["a", "b"])
    mean, std = values[:24].mean(axis=0), values[:24].std(axis=0)
    scaled = (values - mean) / std
    data = task.data(0)
    # A mean of 24 numbers may be summed in another order: a few units in the last place.
    close = {"rtol": 0, "atol": 1e-14}
    np.testing.assert_allclose(data.train.x[0], scaled[:4], **close)
    np.testing.assert_allclose(data.test.y[-1], scaled[-1:, 1], **close)
    np.testing.assert_allclose(data.val.x[0], scaled[20:24], **close)  # the past, by then
    low, high = scaled[:, 1].min(), scaled[:, 1].max()
    np.testing.assert_allclose(task.target_range(), (low, high), **close)


def test_nothing_leaks_from_later_parts(tmp_path):
    before = table()
    after = before.copy()
    after[24:] = 1e6
    first = make(write(tmp_path / "a.csv", before), inputs=["a", "b"]).data(0)
    two = make(write(tmp_path / "b.csv", after), inputs=["a", "b"]).data(0)
    np.testing.assert_array_equal(first.train.x, two.train.x)
    np.testing.assert_array_equal(first.train.y, two.train.y)
    after = before.copy()
    after[32:] = 1e6
    three = make(write(tmp_path / "c.csv", after), inputs=["a", "b"]).data(0)
    np.testing.assert_array_equal(first.val.x, three.val.x)
    np.testing.assert_array_equal(first.val.y, three.val.y)


def test_every_has_no_validation_target_among_the_training_rows(tmp_path):
    values = table()
    values[:, 1] = np.arange(40)
    data = make(write(tmp_path / "a.csv", values), scaling="none").data(0, "every")
    assert data.train.y.max() == 23
    assert (data.val.y.min(), data.val.y.max()) == (24, 31)
    assert (data.test.y.min(), data.test.y.max()) == (32, 39)


def test_the_target_is_the_default_input(tmp_path):
    path = write(tmp_path / "a.csv", table())
    assert make(path).inputs == ("b",)
    assert make(path) == make(path, inputs=["b"])


def test_the_identity_is_the_content_and_not_the_path(tmp_path):
    (tmp_path / "sub").mkdir()
    first = make(write(tmp_path / "a.csv", table()))
    two = make(write(tmp_path / "sub" / "b.csv", table()))
    other = make(write(tmp_path / "c.csv", table(seed=1)))
    assert first.identity() == two.identity()
    assert first.identity()["path"] != other.identity()["path"]


def test_tasks_of_different_content_differ(tmp_path):
    path = write(tmp_path / "a.csv", table())
    first, same = make(path), make(path)
    write(path, table(seed=1))
    other = make(path)
    assert first == same
    assert hash(first) == hash(same)
    assert first != other


def test_a_task_carries_its_data_with_it(tmp_path):
    path = write(tmp_path / "a.csv", table())
    task = make(path)
    path.unlink()
    there = pickle.loads(pickle.dumps(task))
    assert there == task
    np.testing.assert_array_equal(there.data(0).test.x, task.data(0).test.x)


def test_a_sweep_reads_each_file_once(tmp_path):
    sources = Sources(tmp_path)
    path = write(tmp_path / "a.csv", table())
    first = sources.read("a.csv", TableReader())
    write(path, table(seed=1))
    assert sources.read("a.csv", TableReader()) is first
    assert Sources(tmp_path).read("a.csv", TableReader()) != first


def test_columns_that_are_not_used_may_hold_text(tmp_path):
    path = tmp_path / "a.csv"
    rows = [f"1700-{i:02d},{i}.5" for i in range(40)]
    path.write_bytes(("\ufeffdate, b \r\n" + "\r\n".join(rows) + "\r\n\r\n").encode())
    task = make(path, scaling="none")
    assert task.data(0).test.y[-1, 0] == 39.5


def test_the_shipped_series_is_the_yearly_sunspots():
    task = make(SUNSPOTS, target="sunspots", window=11)
    columns = TableReader()(SUNSPOTS).columns
    years = columns["year"]
    np.testing.assert_array_equal(years, np.arange(1700, 2009))
    # Three values that are easy to check: the first, the peak of 1957, the last.
    spots = columns["sunspots"]
    assert (spots[0], spots[1957 - 1700], spots[-1]) == (5.0, 190.2, 2.9)
    losses = baselines(task.data(0), "mse")
    assert list(losses) == ["persistence", "mean"]
    assert losses["persistence"] < losses["mean"]


FILES = {
    "missing.csv": None,
    "folder.csv": "",
    "good.csv": "a,b\n" + "".join(f"{i},{i * i}\n" for i in range(40)),
    "short.csv": "a,b\n" + "1,2\n3,4\n" * 3,
    "empty.csv": "",
    "header.csv": "a,b\n",
    "text.csv": "a,b\n" + "1,2\n" * 20 + "1,two\n" + "1,2\n" * 20,
    "gap.csv": "a,b\n" + "1,2\n" * 20 + "1,\n" + "1,2\n" * 20,
    "nan.csv": "a,b\n1,2\n1,nan\n",
    "inf.csv": "a,b\n1,2\n1,-inf\n",
    "underscore.csv": "a,b\n1,1_000\n",
    "ragged.csv": "a,b\n1,2\n1,2,3\n",
    "few.csv": "a,b\n1,2\n1\n",
    "blank.csv": "b\n1\n\n3\n",
    "twice.csv": "b,a,b\n1,2,3\n",
    "comma.csv": "a;b\n1;1,5\n",
    "either.csv": "a, x;b, y\n1,5;2,5\n",
    "latin.csv": b"a,b\n1,2\n\xe4,3\n",
    "quote.csv": 'a,b\n1,"2"5\n',
    "open.csv": 'a,b\n1,"2\n3,4\n',
    "constant.csv": "a,b\n" + "".join(f"{i},0.1\n" for i in range(40)),
    "wild.csv": "a,b\n" + "".join(f"{i},{i % 2}e{-5 if i < 30 else 305}\n" for i in range(40)),
}

BAD = [
    ("missing.csv", {}, ("path",), ["there is no such file"]),
    ("folder.csv", {}, ("path",), ["folder"]),
    ("a\0b.csv", {}, ("path",), ["cannot be read"]),
    ("empty.csv", {}, ("path",), ["line 1", "header"]),
    ("header.csv", {}, ("path", "val_fraction"), ["0 rows"]),
    ("good.csv", {"target": "bb"}, ("path", "target"), ['no column "bb"', '"a", "b"', "did you"]),
    ("good.csv", {"inputs": ["a", "c"]}, ("path", "inputs"), ['no column "c"']),
    ("good.csv", {"inputs": ["a", "a"]}, ("inputs",), ["twice"]),
    ("text.csv", {}, ("path", "target"), ["line 22", '"b"', '"two"', "finite number"]),
    ("text.csv", {"target": "a", "inputs": ["b"]}, ("path", "inputs"), ["line 22"]),
    ("gap.csv", {}, ("path", "target"), ["line 22", '"b"', "missing", "as in 1 of 41 rows"]),
    ("gap.csv", {}, ("path", "target"), ['missing = "previous" or "drop"']),
    ("nan.csv", {}, ("path", "target"), ["line 3", '("nan")', "as in 1 of 2 rows"]),
    ("inf.csv", {}, ("path", "target"), ["line 3", '"-inf"']),
    ("underscore.csv", {}, ("path", "target"), ["line 2", '"1_000"']),
    ("ragged.csv", {}, ("path",), ["line 3", "3 values", "2"]),
    ("few.csv", {}, ("path",), ["line 3", "1 values", "2"]),
    ("blank.csv", {}, ("path",), ["line 3", "blank"]),
    ("twice.csv", {}, ("path", "target"), ['"b"', "2 times"]),
    ("comma.csv", {}, ("path", "target"), ["line 2", '"1,5"', 'for 1.5 set decimal = ","']),
    ("either.csv", {}, ("path",), ["commas or semicolons", 'delimiter = ";"']),
    ("good.csv", {"decimal": ",", "thousands": ","}, ("decimal", "thousands"), ["change one"]),
    ("latin.csv", {}, ("path",), ["line 3", "UTF-8"]),
    ("quote.csv", {}, ("path", "target"), ["line 2", '"\\"2\\"5"', "no finite number"]),
    ("open.csv", {}, ("path",), ["line 2 is no CSV", "never closed"]),
    ("short.csv", {"window": 5}, ("path", "window", "horizon"), ["6 rows", "4 of the file's 6"]),
    ("good.csv", {"window": 40}, ("path", "window", "horizon"), ["shorten the window"]),
    ("good.csv", {"horizon": 30}, ("path", "window", "horizon"), ["34 rows"]),
    ("good.csv", {"val_fraction": 0.001}, ("path", "val_fraction"), ["40 rows"]),
    ("good.csv", {"test_fraction": 0.001}, ("path", "test_fraction"), ["40 rows"]),
    ("good.csv", {"val_fraction": 0.9}, ("val_fraction", "test_fraction"), ["below 1"]),
    ("constant.csv", {}, ("target", "scaling"), ["constant", '"none"']),
    ("constant.csv", {"target": "a", "inputs": ["b"]}, ("inputs", "scaling"), ["constant"]),
    ("wild.csv", {}, ("target", "scaling"), ["too large"]),
]


@pytest.mark.parametrize(("path", "keys", "on", "fragments"), BAD)
def test_bad_files_are_refused_by_place(tmp_path, path, keys, on, fragments):
    content = FILES.get(path)
    if path == "folder.csv":
        (tmp_path / path).mkdir()
    elif content is not None:
        (tmp_path / path).write_bytes(content if isinstance(content, bytes) else content.encode())
    settings = {"name": "csv", "path": path, "target": "b", "window": 4} | keys
    with pytest.raises(ValidationError) as caught:
        Csv.model_validate(settings, context=Sources(tmp_path))
    faults = caught.value.errors()[0]["ctx"]["error"].faults
    texts = [fault.text for fault in faults if fault.keys == on]
    assert texts, faults
    for fragment in fragments:
        assert any(fragment in text for text in texts), (fragment, texts)


def test_a_constant_column_is_allowed_without_scaling(tmp_path):
    (tmp_path / "a.csv").write_text(FILES["constant.csv"])
    assert make(tmp_path / "a.csv", scaling="none").target_range() == (0.1, 0.1)
