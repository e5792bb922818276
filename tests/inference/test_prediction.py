"""Predictions of saved networks: what a naive loop gives, and every file that does not fit."""

import csv
import gzip
import io
import json

import numpy as np
import pandas as pd
import pytest

from rnnsweep import Model, SweepError
from rnnsweep.inference import prediction
from rnnsweep.inference.prediction import predict
from rnnsweep.inference.saved import SavedNetwork


def network(task="adding", loss="mse", encoding=None, settings=None, **words):
    model = Model(**{"input_size": 2, "hidden_size": 4, "output_size": 3, **words})
    settings = {"task": task, "loss": loss, **(settings or {})}
    return SavedNetwork("t1", settings, model, model.init(seed=0), encoding or {})


def table(predictions):
    """Return the table after it was written and read again."""
    file = io.StringIO(newline="")
    predictions.write(file)
    header, *rows = csv.reader(io.StringIO(file.getvalue(), newline=""))
    return header, rows


@pytest.fixture
def npz(tmp_path):
    def write(**arrays):
        np.savez(tmp_path / "data.npz", **arrays)
        return tmp_path / "data.npz"

    return write


def inputs(n=3, seq_len=5):
    return np.random.default_rng(0).standard_normal((n, seq_len, 2))


# Arrays


@pytest.mark.parametrize("block_size", [1, 40, 10**6])
def test_outputs_of_the_last_time_step(npz, monkeypatch, block_size):
    monkeypatch.setattr(prediction, "_BATCH_NUMBERS", block_size)
    saved, x = network(), inputs()
    header, rows = table(predict(saved, npz(x=x, y=np.zeros((3, 3)))))
    assert header == ["sequence", "y_0", "y_1", "y_2"]
    assert [row[0] for row in rows] == ["0", "1", "2"]
    expected = saved.model.forward(saved.params, x)
    np.testing.assert_array_equal(np.array([row[1:] for row in rows], np.float32), expected)


def test_outputs_of_every_time_step(npz):
    saved, x = network(output="every", output_activation="sigmoid", loss="bce"), inputs()
    header, rows = table(predict(saved, npz(x=x)))
    assert header == ["sequence", "time_step", "y_0", "y_1", "y_2"]
    assert [row[:2] for row in rows] == [[str(i), str(t)] for i in range(3) for t in range(5)]
    expected = saved.model.forward(saved.params, x).reshape(15, 3)
    np.testing.assert_array_equal(np.array([row[2:] for row in rows], np.float32), expected)


@pytest.mark.parametrize("output", ["last", "every"])
def test_classes_come_with_their_probability(npz, output):
    saved, x = network(loss="cross_entropy", output=output), inputs()
    header, rows = table(predict(saved, npz(x=x)))
    assert header[-2:] == ["class", "probability"]
    logits = saved.model.forward(saved.params, x).reshape(-1, 3).astype(np.float64)
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert [int(row[-2]) for row in rows] == probabilities.argmax(axis=1).tolist()
    np.testing.assert_allclose(
        [float(row[-1]) for row in rows], probabilities.max(axis=1), rtol=1e-12
    )


def test_logits_of_any_size_have_a_probability(npz):
    saved = network(loss="cross_entropy")
    saved.params["b_y"][:] = [0, 1e30, -1e30]
    _, rows = table(predict(saved, npz(x=inputs())))
    assert rows == [[str(i), "1", "1.0"] for i in range(3)]


def test_sequences_end_where_their_length_says(npz):
    lengths = np.array([2, 5, 1], np.uint8)
    saved, x = network(output="every"), inputs()
    x[0, 2:] = np.nan  # nobody looks
    _, rows = table(predict(saved, npz(x=x, lengths=lengths)))
    places = [[str(i), str(t)] for i, n in enumerate(lengths) for t in range(n)]
    assert [row[:2] for row in rows] == places
    saved = network(output="last")
    _, rows = table(predict(saved, npz(x=x, lengths=lengths)))
    short = saved.model.forward(saved.params, x[:1, :2])[0]
    np.testing.assert_allclose(np.array(rows[0][1:], float), short, rtol=1e-6)


def test_symbols_are_whole_numbers(npz):
    saved = network()
    symbols = np.array([[0, 1, 1], [1, 0, 0]])
    _, rows = table(predict(saved, npz(x=symbols)))
    expected = saved.model.forward(saved.params, np.eye(2)[symbols])
    np.testing.assert_allclose(
        np.array([row[1:] for row in rows], float), expected, rtol=1e-6, atol=1e-7
    )


X = np.ones((3, 5, 2))
MISFITS = {
    "no x": ({"lengths": [1]}, 'no array "x"; it has lengths'),
    "a width": ({"x": np.ones((3, 5, 4))}, r"shape \(3, 5, 4\) of float64.*takes \(N, T, 2\)"),
    "no time": ({"x": np.ones((3, 2))}, r"shape \(3, 2\) of float64"),
    "empty": ({"x": np.ones((0, 5, 2))}, "N and T at least 1"),
    "a symbol too high": ({"x": np.array([[0, 2]])}, r'"x"\[0, 1\] is 2; allowed: .* 0 to 1'),
    "no number": ({"x": np.where(np.arange(30).reshape(3, 5, 2) == 13, np.nan, X)},
                  r'"x"\[1, 1, 1\] is nan; allowed: a finite number'),
    "a large number": ({"x": np.where(np.arange(30).reshape(3, 5, 2) == 13, -1e39, X)},
                       r'"x"\[1, 1, 1\] is -1e\+39; allowed: at most 3\.4.* in float32'),
    "objects": ({"x": np.array([[1, 2], [3]], dtype=object)}, "holds Python objects"),
    "lengths of others": ({"x": X, "lengths": [1, 2]}, r"shape \(2,\).*each of the 3 sequences"),
    "a length of 0": ({"x": X, "lengths": [1, 0, 5]}, r'"lengths"\[1\] is 0; allowed: 1 to 5'),
    "too long": ({"x": X, "lengths": [1, 2, 6]}, r'"lengths"\[2\] is 6; allowed: 1 to 5'),
    "broken lengths": ({"x": X, "lengths": [1.0, 2.0, 3.0]}, "of float64; needed: a whole number"),
    "a wrong name": ({"X": X}, 'it holds an array "X"; allowed: x, lengths, y'),
}  # fmt: skip


@pytest.mark.parametrize("which", MISFITS)
def test_arrays_that_do_not_fit(npz, which):
    arrays, match = MISFITS[which]
    path = npz(**arrays)
    with pytest.raises(SweepError, match=match) as caught:
        predict(network(), path)
    assert str(caught.value).startswith(f"{path}: ")


def test_what_is_no_npz_file(tmp_path):
    (tmp_path / "data.npz").write_text("x")
    with pytest.raises(SweepError, match="it is no npz"):
        predict(network(), tmp_path / "data.npz")
    with pytest.raises(SweepError, match="there is no such file"):
        predict(network(), tmp_path / "absent.npz")


# A series


def series(window=3, horizon=2, inputs=("a", "b"), output="last", scaled=True, dtype="float64"):
    scaling = {"a": [10.0, 4.0], "b": [-1.0, 0.5], "y": [100.0, 20.0]}
    if not scaled:
        scaling = {name: [0.0, 1.0] for name in scaling}
    settings = {
        "task_inputs": json.dumps(inputs),
        "task_target": "y",
        "task_window": window,
        "task_horizon": horizon,
    }
    words = {"input_size": len(inputs), "output_size": 1, "output": output, "dtype": dtype}
    return network("csv", encoding={"scaling": scaling}, settings=settings, **words)


def write_series(path, n=8):
    rng = np.random.default_rng(1)
    values = {"b": rng.normal(-1, 0.5, n), "name": ["x"] * n, "a": rng.normal(10, 4, n)}
    lines = [",".join(map(str, row)) for row in zip(*values.values(), strict=True)]
    path.write_text("\n".join([",".join(values), *lines]) + "\n")
    return values


@pytest.mark.parametrize("output", ["last", "every"])
@pytest.mark.parametrize("scaled", [True, False])
def test_a_forecast_for_each_row_with_a_full_window(tmp_path, output, scaled):
    saved, path = series(output=output, scaled=scaled), tmp_path / "new.csv"
    values = write_series(path)
    header, rows = table(predict(saved, path))
    assert header == ["row", "y"]
    scaling = saved.encoding["scaling"]
    # windows of rows 0 to 2, ..., 5 to 7; each predicts the row that is two rows later
    assert [int(row[0]) for row in rows] == [4, 5, 6, 7, 8, 9]
    for (number, forecast), start in zip(rows, range(6), strict=True):
        x = np.array(
            [
                [(values[name][t] - scaling[name][0]) / scaling[name][1] for name in ("a", "b")]
                for t in range(start, start + 3)
            ]
        )
        y = saved.model.forward(saved.params, x[np.newaxis])[0].reshape(-1)[-1]
        assert float(forecast) == pytest.approx(y * scaling["y"][1] + scaling["y"][0], rel=1e-12)
        assert int(number) == start + 2 + 2


SERIES_MISFITS = {
    "no column": ("aa,b\n1,2\n", r'no column "a", an input; it has "aa", "b"; did you mean "aa"'),
    "a gap": (
        "a,b\n1,2\n,2\n1,2\n",
        'line 3, column "a": a value is missing, as in 1 of 3 rows; .*train the network wi',
    ),
    "decimal commas": ("a;b\n1;2\n1,5;2\n1;2\n", 'line 3, column "a": "1,5" .*decimal = ","'),
    "twice": ("a,a,b\n1,2,3\n", 'names column "a" 2 times'),
    "a word": ("a,b\n1,2\n1,two\n1,2\n", 'line 3, column "b": "two" is no finite number'),
    "too short": ("a,b\n1,2\n1,2\n", "it has 2 rows; a window takes 3"),
    "ragged": ("a,b\n1,2\n1\n", "line 3 has 1 values"),
    "too large": (
        "a,b\n1,2\n" + "1e308,1e308\n" * 3,
        r'row 2, column "b": 1e\+308 is too large to be scaled',
    ),
}


@pytest.mark.parametrize("which", SERIES_MISFITS)
def test_series_that_do_not_fit(tmp_path, which):
    text, match = SERIES_MISFITS[which]
    (tmp_path / "new.csv").write_text(text)
    with pytest.raises(SweepError, match=match):
        predict(series(), tmp_path / "new.csv")


def test_a_series_beyond_the_precision_of_the_network(tmp_path):
    (tmp_path / "new.csv").write_text("a,b\n" + "1e38,1\n" * 3 + "1e40,1\n")
    assert len(table(predict(series(), tmp_path / "new.csv"))[1]) == 2
    match = r'row 4, column "a": 1e\+40 is too large to be scaled in float32'
    with pytest.raises(SweepError, match=match):
        predict(series(dtype="float32"), tmp_path / "new.csv")


@pytest.mark.parametrize("missing", ["drop", "previous"])
def test_gaps_are_dealt_with_as_in_training(tmp_path, missing):
    whole, gaps = series(), series()
    gaps.encoding["missing"] = missing
    path = tmp_path / "new.csv"
    values = write_series(path, n=12)
    lines = path.read_text().splitlines()
    # The first row of an input is not there, and a row in the middle.
    for row in (0, 6):
        name, a = lines[1 + row].split(",")[1:]
        lines[1 + row] = f"NA,{name},{a}"
    path.write_text("\n".join(lines) + "\n")
    _, rows = table(predict(gaps, path))
    untouched = [start for start in range(10) if not {0, 6} & {start, start + 1, start + 2}]
    starts = untouched if missing == "drop" else list(range(1, 10))
    assert [int(row[0]) for row in rows] == [start + 2 + 2 for start in starts]
    filled = {name: list(column) for name, column in values.items()}
    filled["b"][6] = filled["b"][5]
    text = "\n".join(",".join(map(str, row)) for row in zip(*filled.values(), strict=True))
    path.write_text(",".join(filled) + "\n" + text + "\n")
    expected = {row[0]: row[1] for row in table(predict(whole, path))[1]}
    for number, forecast in rows:
        assert float(forecast) == pytest.approx(float(expected[number]), rel=1e-12)


def test_a_file_of_gaps_alone(tmp_path):
    saved = series()
    saved.encoding["missing"] = "drop"
    (tmp_path / "new.csv").write_text("a,b\n" + "1,2\n1,\n" * 5)
    with pytest.raises(SweepError, match="every window of 3 rows touches a missing value"):
        predict(saved, tmp_path / "new.csv")


def test_new_data_are_read_as_the_training_data_were(tmp_path):
    saved, path = series(), tmp_path / "new.csv"
    write_series(path)
    expected = table(predict(saved, path))
    text = path.read_text()
    path.write_text(text.replace(",", ";"))  # the delimiter is detected
    assert table(predict(saved, path)) == expected
    path.write_text(text.replace(",", ";").replace(".", ","))
    with pytest.raises(SweepError, match='set decimal = ","'):
        predict(saved, path)
    saved.encoding["reading"] = {"delimiter": ";", "decimal": ",", "thousands": "."}
    assert table(predict(saved, path)) == expected
    path.write_bytes(gzip.compress(path.read_bytes()))
    assert table(predict(saved, path)) == expected


def test_forecasts_of_very_large_numbers(tmp_path):
    """The mean and the spread of such a column overflow with each other, its values do not."""
    saved, path = series(inputs=("y",)), tmp_path / "new.csv"
    saved.encoding["scaling"]["y"] = [-1.5e308, 1e308]
    path.write_text("y\n" + "1e308\n-1.5e308\n" * 3)
    _, rows = table(predict(saved, path))
    values = [float(row[1]) for row in rows]
    assert np.isfinite(values).all()
    small = series(inputs=("y",))
    small.encoding["scaling"]["y"] = [-15.0, 10.0]
    path.write_text("y\n" + "10\n-15\n" * 3)
    expected = [float(row[1]) for row in table(predict(small, path))[1]]
    np.testing.assert_allclose(np.array(values) / 1e307, expected, rtol=1e-6)


def test_a_column_of_any_name(tmp_path):
    for name in ("a\rb", "a,b", 'a"b', "a\nb", " a", "1"):
        saved = series(inputs=("a",))
        saved.settings["task_target"] = name
        saved.encoding["scaling"][name] = [0.0, 1.0]
        (tmp_path / "new.csv").write_text("a\n1\n2\n3\n")
        assert table(predict(saved, tmp_path / "new.csv"))[0] == ["row", name]


# A text


def text_network():
    words = {"input_size": 4, "output_size": 4, "output": "every", "dtype": "float64"}
    return network("text", "cross_entropy", {"characters": "\n ab"}, **words)


def test_the_next_character_after_each(tmp_path):
    text = "ab ba\r\nb".replace("\r\n", "\n")
    (tmp_path / "new.txt").write_bytes(text.encode())
    saved = text_network()
    header, rows = table(predict(saved, tmp_path / "new.txt"))
    assert header == ["time_step", "character", "next", "probability"]
    assert "".join(row[1] for row in rows) == text
    symbols = ["\n ab".index(c) for c in text]
    logits = saved.model.forward(saved.params, np.eye(4)[symbols][np.newaxis])[0]
    for t, (number, _, following, probability) in enumerate(rows):
        shares = np.exp(logits[t]) / np.exp(logits[t]).sum()
        assert (int(number), following) == (t, "\n ab"[shares.argmax()])
        assert float(probability) == pytest.approx(shares.max(), rel=1e-12)


def test_a_long_text_goes_in_pieces_from_the_state_0(tmp_path, monkeypatch):
    (tmp_path / "new.txt").write_text("ab ba\nb")
    saved = text_network()
    monkeypatch.setattr(prediction, "_PIECE", 3)
    _, rows = table(predict(saved, tmp_path / "new.txt"))
    assert [int(row[0]) for row in rows] == list(range(7))
    expected = []
    for piece in ("ab ", "ba\n", "b"):
        (tmp_path / "piece.txt").write_text(piece)
        expected += table(predict(saved, tmp_path / "piece.txt"))[1]
    assert [row[1:] for row in rows] == [row[1:] for row in expected]


def test_a_text_of_any_length(tmp_path):
    (tmp_path / "new.txt").write_text("ab" * 50_001)
    _, rows = table(predict(text_network(), tmp_path / "new.txt"))
    assert (len(rows), rows[-1][0]) == (100_002, "100001")
    assert rows[100_000][1:] == rows[0][1:]  # where the second piece starts


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "it has no characters"),
        (b"ab\nac\n", "line 2: 'c' is none of the 4 characters"),
        (b"ab\xff", "it is not UTF-8 text"),
    ],
)
def test_texts_that_do_not_fit(tmp_path, content, match):
    (tmp_path / "new.txt").write_bytes(content)
    with pytest.raises(SweepError, match=match):
        predict(text_network(), tmp_path / "new.txt")


@pytest.mark.parametrize(
    "characters", ["\r\n", "\0ab", "\t ,;", "\"'a", "\u2028\x85\x0b\x0c\x1c", "äß日"]
)
def test_every_character_is_read_back(tmp_path, characters):
    """By the csv module and by pandas; a NUL is `\\0`, since no reader agrees on one."""
    n = len(characters)
    words = {"input_size": n, "output_size": n, "output": "every"}
    saved = network("text", "cross_entropy", {"characters": characters}, **words)
    (tmp_path / "new.txt").write_bytes((characters * 5).encode())
    with (tmp_path / "out.csv").open("w", encoding="utf-8", newline="") as file:
        predict(saved, tmp_path / "new.txt").write(file)
    expected = ["\\0" if character == "\0" else character for character in characters * 5]
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["character"] for row in rows] == expected
    assert {row["next"] for row in rows} <= {*expected}
    frame = pd.read_csv(tmp_path / "out.csv", keep_default_na=False)
    assert frame.character.tolist() == expected
    assert frame.next.tolist() == [row["next"] for row in rows]
    # Told from the line ends outside of quotes, each of its characters has a line.
    assert frame.time_step.tolist() == list(range(5 * n))
