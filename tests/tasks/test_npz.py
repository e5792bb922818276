"""The user's arrays: parts, padding, classes, and every way in which a file can be wrong."""

import io
import os
import pickle
import zipfile

import numpy as np
import pytest
from pydantic import ValidationError
from task_cases import baselines

from rnnsweep.tasks import Sources
from rnnsweep.tasks.npz import Npz

RNG = np.random.default_rng(0)
N, T = 20, 6
X = RNG.standard_normal((N, T, 2))
Y = RNG.standard_normal((N, 1))
TOKENS = RNG.integers(5, size=(N, T))
TOKENS[0] = [0, 1, 2, 3, 4, 4]
CLASSES = np.arange(N) % 3
STEPS = RNG.integers(4, size=(N, T))
STEPS[:, 0] = np.arange(N) % 4
LENGTHS = RNG.integers(1, T + 1, size=N)


def npz(**arrays):
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def make(tmp_path, content, **keys):
    path = tmp_path / "a.npz"
    path.write_bytes(content)
    return Npz.model_validate({"name": "npz", "path": str(path)} | keys)


def refused(tmp_path, content, **keys):
    """Return the texts of a file's faults by their keys."""
    with pytest.raises(ValidationError) as caught:
        make(tmp_path, content, **keys)
    faults = caught.value.errors()[0]["ctx"]["error"].faults
    return {fault.keys: fault.text for fault in faults}


def test_parts_are_taken_in_order(tmp_path):
    data = make(tmp_path, npz(x=X, y=Y), val_fraction=0.25, test_fraction=0.1).data(0)
    for part, rows in zip(data, (slice(13), slice(13, 18), slice(18, 20)), strict=True):
        np.testing.assert_array_equal(part.x, X[rows])
        np.testing.assert_array_equal(part.y, Y[rows])
        assert part.lengths is None
        assert part.persistence is None
    assert not make(tmp_path, npz(x=X, y=Y)).has_symbols


def test_parts_that_the_file_has_are_taken(tmp_path):
    task = make(tmp_path, npz(x=X[:8], y=Y[:8], x_val=X[8:13], y_val=Y[8:13]), test_fraction=0.25)
    data = task.data(0)
    assert task.shape() == (T, 2, 1, 6, 5, 2)
    np.testing.assert_array_equal(data.train.x, X[:6])
    np.testing.assert_array_equal(data.val.x, X[8:13])
    np.testing.assert_array_equal(data.test.x, X[6:8])
    both = make(
        tmp_path,
        npz(x=X[:8], y=Y[:8], x_val=X[8:13], y_val=Y[8:13], x_test=X[13:], y_test=Y[13:]),
    )
    assert both.shape() == (T, 2, 1, 8, 5, 7)
    np.testing.assert_array_equal(both.data(0).test.y, Y[13:])


def test_symbols_and_classes(tmp_path):
    task = make(tmp_path, npz(x=TOKENS.astype(np.uint8), y=CLASSES.astype(np.int16)))
    assert task.shape() == (T, 5, 3, 12, 4, 4)
    assert task.n_classes == 3
    assert task.has_symbols
    assert task.available_outputs == ("last",)
    assert (task.loss, task.output) == ("cross_entropy", "last")
    assert task.data(0).train.lengths is None
    assert task.target_range() == (0.0, 2.0)
    train = task.data(0).train
    assert train.x.dtype == train.y.dtype == np.int64
    np.testing.assert_array_equal(train.x, TOKENS[:12])
    np.testing.assert_array_equal(train.y, CLASSES[:12])


@pytest.mark.parametrize("target", ["classes", "numbers"])
@pytest.mark.parametrize("with_lengths", [False, True])
def test_targets_at_every_time_step_serve_both_outputs(tmp_path, target, with_lengths):
    y = STEPS if target == "classes" else RNG.standard_normal((N, T, 3))
    arrays = {"x": X, "y": y} | ({"lengths": LENGTHS} if with_lengths else {})
    if target == "classes" and with_lengths:
        arrays["lengths"] = np.maximum(LENGTHS, 4)  # all classes occur before the ends
    task = make(tmp_path, npz(**arrays))
    assert task.available_outputs == ("last", "every")
    assert task.output == "every"
    assert task.loss == ("cross_entropy" if target == "classes" else "mse")
    assert (task.data(0).train.lengths is not None) == with_lengths
    assert task.n_classes == (4 if target == "classes" else 0)
    ends = arrays.get("lengths", np.full(N, T))
    last, every = task.data(0, "last"), task.data(0, "every")
    row = 0
    for first, all_ in zip(last, every, strict=True):
        np.testing.assert_array_equal(first.x, all_.x)
        for i in range(len(first.x)):
            np.testing.assert_array_equal(first.y[i], y[row, ends[row] - 1])
            np.testing.assert_array_equal(all_.y[i, : ends[row]], y[row, : ends[row]])
            assert not all_.y[i, ends[row] :].any()
            row += 1
        if with_lengths:
            np.testing.assert_array_equal(first.lengths, ends[row - len(first.x) : row])
        for part in (first, all_):
            assert all(array is None or array.flags.c_contiguous for array in part)
    assert row == N


def test_values_past_the_ends_may_be_anything(tmp_path):
    x, y = X.copy(), STEPS.copy()
    lengths = np.maximum(LENGTHS, 4)
    past = np.arange(T) >= lengths[:, np.newaxis]
    x[past] = np.nan
    y[past] = -100
    task = make(tmp_path, npz(x=x, y=y, lengths=lengths.astype(np.uint8)))
    for part in task.data(0, "every"):
        beyond = np.arange(T) >= part.lengths[:, np.newaxis]
        assert not part.x[beyond].any()
        assert not part.y[beyond].any()
    assert task.n_classes == 4
    tokens = TOKENS.copy()
    tokens[past] = 10**9
    assert make(tmp_path, npz(x=tokens, y=y, lengths=lengths)).shape().input_size == 5


def test_a_part_may_have_a_class_that_training_lacks(tmp_path):
    task = make(tmp_path, npz(x=X, y=CLASSES, x_val=X, y_val=CLASSES + 1))
    assert task.n_classes == 4


@pytest.mark.parametrize("part", ["", "_val", "_test"])
def test_all_parts_have_lengths_or_none(tmp_path, part):
    arrays = {"x": X, "y": Y, "lengths": LENGTHS}
    for suffix in ("_val", "_test"):
        arrays |= {f"x{suffix}": X[:3], f"y{suffix}": Y[:3], f"lengths{suffix}": LENGTHS[:3]}
    data = make(tmp_path, npz(**arrays)).data(0)
    assert data.val.lengths.tolist() == data.test.lengths.tolist() == LENGTHS[:3].tolist()
    assert data.train.lengths.tolist() == LENGTHS.tolist()
    del arrays[f"lengths{part}"]
    message = refused(tmp_path, npz(**arrays))["path",]
    assert f'and "x{part}" but no "lengths{part}"' in message
    way_out = message.rpartition(f"lengths{part}=")[2]
    arrays[f"lengths{part}"] = eval(way_out, {"np": np} | arrays)
    lengths = make(tmp_path, npz(**arrays)).data(0)[["", "_val", "_test"].index(part)].lengths
    assert set(lengths) == {T}


@pytest.mark.parametrize("dtype", ["f2", "f4", ">f8", "i4", "?", "g"])
def test_numbers_of_any_dtype_become_float64(tmp_path, dtype):
    x = (X * 3).astype(dtype)
    part = make(tmp_path, npz(x=x, y=(Y > 0).astype(dtype)[:, :, None].repeat(T, 1))).data(0).train
    assert part.x.dtype == part.y.dtype == np.float64
    np.testing.assert_array_equal(part.x, x[:12])


def test_compressed_files_and_columns_first_are_read(tmp_path):
    stream = io.BytesIO()
    np.savez_compressed(stream, x=np.asfortranarray(X), y=Y)
    np.testing.assert_array_equal(make(tmp_path, stream.getvalue()).data(0).train.x, X[:12])


def test_the_content_is_the_identity_and_travels_with_the_task(tmp_path):
    first = make(tmp_path, npz(x=X, y=Y))
    there = pickle.loads(pickle.dumps(first))
    (tmp_path / "a.npz").unlink()
    assert there == first
    assert hash(there) == hash(first)
    np.testing.assert_array_equal(there.data(3).test.x, first.data(0).test.x)
    other = make(tmp_path, npz(x=X, y=Y + 1))
    assert other.identity() != first.identity()
    assert other != first
    assert not Npz.seeded


def test_the_baseline_is_the_mean_or_the_frequencies(tmp_path):
    data = make(tmp_path, npz(x=X, y=Y)).data(0)
    assert baselines(data, "mse") == {"mean": np.mean((Y[:12].mean() - Y[12:16]) ** 2)}
    data = make(tmp_path, npz(x=X, y=CLASSES)).data(0)
    assert baselines(data, "cross_entropy")["frequencies"] == pytest.approx(np.log(3))


class Bomb:
    """An object whose pickle would run code."""

    def __reduce__(self):
        return os.mkdir, ("unpickled",)


def with_value(array, at, value):
    array = array.copy()
    array[at] = value
    return array


def zipped(**members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_npy", ".npy"), content)
    return stream.getvalue()


def npy(array):
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def twice():
    stream = io.BytesIO(npz(x=X, y=Y))
    with (
        pytest.warns(UserWarning, match="Duplicate name"),
        zipfile.ZipFile(stream, "a") as archive,
    ):
        archive.writestr("x.npy", npy(X))
    return stream.getvalue()


RAGGED = np.array([np.zeros(3), np.zeros(4)], object)
GOOD = npz(x=X, y=Y)
FLIPPED = bytes(byte ^ (200 < i < 300) for i, byte in enumerate(GOOD))
HUGE = npy(X).replace(b"(20, 6, 2)", b"(99, 6, 2)")

BAD = {
    "empty file": (b"", ["no npz", "numpy.savez"]),
    "text": (b"x,y\n1,2\n", ["no npz"]),
    "npy": (npy(X), ["single array", "numpy.savez"]),
    "pickle": (pickle.dumps(X), ["no npz"]),
    "truncated": (GOOD[: len(GOOD) // 2], ["damaged or truncated"]),
    "flipped": (FLIPPED, ['array "x" cannot be read', "CRC"]),
    "size": (zipped(x_npy=HUGE, y_npy=npy(Y)), ['array "x" is damaged']),
    "shape": (
        zipped(x_npy=npy(X).replace(b"(20, 6, 2)", b"(-6,-40,1)"[:10]), y_npy=npy(Y)),
        ['array "x" cannot be read'],
    ),
    "header": (zipped(x_npy=b"\x93NUMPY\x01\0\x05\0rubbi"), ['array "x" cannot be read']),
    "no array": (zipped(x_npy=npy(X), readme=b"hello"), ['"readme"', "no array"]),
    "no arrays": (npz(), ['no array "x"', "it has none"]),
    "ragged": (npz(x=RAGGED, y=Y), ['"x" holds Python objects', "pad rows", "lengths"]),
    "objects": (npz(x=X, y=np.array([Bomb()] * N)), ['"y" holds Python objects', "never read"]),
    "complex": (npz(x=X + 0j, y=Y), ['"x" holds complex128', "floats"]),
    "texts": (npz(x=X, y=np.array(["a"] * N)), ['"y" holds <U1']),
    "dates": (npz(x=X, y=np.zeros(N, "M8[D]")), ['"y" holds datetime64[D]']),
    "fields": (npz(x=X, y=np.zeros(N, [("a", "f8")])), ['"y" holds', "floats"]),
    "no x": (npz(y=Y), ['no array "x"', "it has y"]),
    "no y": (npz(x=X), ['no array "y"', "it has x"]),
    "unknown": (npz(x=X, y=Y, z=Y), ['array "z"', "x, y, lengths"]),
    "near": (npz(x=X, y=Y, length=LENGTHS), ['array "length"', 'did you mean "lengths"?']),
    "positional": (npz(arr_0=X, arr_1=Y), ['array "arr_0"', "allowed: x"]),
    "x_val alone": (npz(x=X, y=Y, x_val=X), ['"x_val" but no "y_val"']),
    "y_test alone": (npz(x=X, y=Y, y_test=Y), ['"y_test" but no "x_test"']),
    "lengths_val alone": (npz(x=X, y=Y, lengths_val=LENGTHS), ['"lengths_val" but no "x_val"']),
    "no sequences": (npz(x=X[:0], y=Y[:0]), ['"x"', "(0, 6, 2)", "is empty"]),
    "no time steps": (npz(x=X[:, :0], y=Y), ['"x"', "is empty"]),
    "no outputs": (npz(x=X, y=Y[:, :0]), ['"y"', "is empty"]),
    "flat x": (npz(x=X[:, :, 0], y=Y), ['"x"', "(20, 6)", "floats", "x[:, :, None]"]),
    "deep x": (npz(x=X[..., None], y=Y), ['"x"', "(20, 6, 2, 1)", "(N, T, I)"]),
    "number x": (npz(x=np.float64(3), y=Y), ['"x"', "()"]),
    "flat y": (npz(x=X, y=Y[:, 0]), ['"y"', "(20,)", "y[:, None]"]),
    "deep y": (npz(x=X, y=Y[:, :, None, None]), ['"y"', "(20, 1, 1, 1)"]),
    "boolean y": (npz(x=X, y=Y[:, 0] > 0), ['"y"', "booleans", "y[:, None]"]),
    "other N": (npz(x=X, y=Y[:-1]), ['"y" has 19 sequences and "x" has 20']),
    "other T": (npz(x=X, y=np.zeros((N, 5, 1))), ["5 time steps", '"x" has 6']),
    "other T of classes": (npz(x=X, y=STEPS[:, :2]), ["2 time steps", "; for numbers in"]),
    "column of classes": (npz(x=X, y=CLASSES[:, None]), ["1 time steps", "take y[:, 0]"]),
    "lengths shape": (npz(x=X, y=Y, lengths=LENGTHS[:-1]), ['"lengths"', "(19,)", "(20,)"]),
    "length 0": (npz(x=X, y=Y, lengths=with_value(LENGTHS, 3, 0)), ['"lengths"[3] is 0', "1 to 6"]),
    "length past T": (npz(x=X, y=Y, lengths=with_value(LENGTHS, 7, 7)), ['"lengths"[7] is 7']),
    "length 2.5": (
        npz(x=X, y=Y, lengths=with_value(LENGTHS.astype(float), 2, 2.5)),
        ['"lengths"', "holds floats", "lengths.astype(int)"],
    ),
    "float lengths": (npz(x=X, y=Y, lengths=LENGTHS / 1), ['"lengths"', "lengths.astype(int)"]),
    "class of val": (
        npz(x=X, y=CLASSES, x_val=X, y_val=CLASSES + 7),
        ['"y_val" holds class 9, which "y" lacks', "from 0 to 2"],
    ),
    "class of test": (
        npz(x=X, y=CLASSES, x_val=X, y_val=CLASSES, x_test=X, y_test=CLASSES * 4),
        ['"y_test" holds class 8, which "y" lacks'],
    ),
    "nan in x": (npz(x=with_value(X, (3, 2, 1), np.nan), y=Y), ['"x"[3, 2, 1] is nan', "finite"]),
    "inf in y": (npz(x=X, y=with_value(Y, (4, 0), -np.inf)), ['"y"[4, 0] is -inf']),
    "long doubles": (npz(x=X, y=Y.astype("g") * np.longdouble("1e4000")), ['"y"[0, 0] is', "inf"]),
    "negative symbol": (npz(x=with_value(TOKENS, (2, 1), -1), y=Y), ['"x"[2, 1] is -1', "from 0"]),
    "huge symbol": (
        npz(x=with_value(TOKENS.astype(np.uint64), (2, 1), 2**64 - 1), y=Y),
        ['"x"[2, 1] is 18446744073709551615', "999999"],
    ),
    "negative class": (npz(x=X, y=with_value(CLASSES, 5, -2)), ['"y"[5] is -2', "from 0"]),
    "classes from 1": (npz(x=X, y=CLASSES + 1), ["class 0 does not occur", "class 3", "from 0"]),
    "gap": (npz(x=X, y=CLASSES * 2), ["class 1 does not occur", "class 4"]),
    "one class": (npz(x=X, y=CLASSES * 0), ["0 is the only class"]),
    "class past the ends": (
        npz(x=X, y=np.tile([0, 2, 1, 1, 1, 1], (N, 1)), lengths=np.full(N, 2)),
        ["class 1 does not occur"],
    ),
    "val of other T": (npz(x=X, y=Y, x_val=X[:, :5], y_val=Y), ['"x_val"', "(20, 5, 2)"]),
    "val of symbols": (npz(x=X, y=Y, x_val=TOKENS, y_val=Y), ['"x_val"', "int64", "float64"]),
    "test of classes": (npz(x=X, y=Y, x_test=X, y_test=CLASSES), ['"y_test"', "(20,)"]),
    "nan in val": (
        npz(x=X, y=Y, x_val=with_value(X, (0, 0, 0), np.nan), y_val=Y),
        ['"x_val"[0, 0, 0] is nan'],
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files_are_refused_by_place(tmp_path, monkeypatch, case):
    monkeypatch.chdir(tmp_path)
    content, fragments = BAD[case]
    texts = refused(tmp_path, content)
    assert list(texts) == [("path",)]
    for fragment in fragments:
        assert fragment in texts["path",]
    assert not (tmp_path / "unpickled").exists()


def test_arrays_in_the_third_version_of_the_format(tmp_path):
    with pytest.warns(UserWarning, match="format 3.0"):
        content = npz(x=X, y=np.zeros(N, [("ä€", "f8")]))
    assert "fields" in refused(tmp_path, content)["path",]


def test_an_array_that_is_there_twice_is_refused(tmp_path):
    assert 'array "x" twice' in refused(tmp_path, twice())["path",]


def test_an_absent_file_and_a_folder_are_refused(tmp_path):
    for path, fragment in (("none.npz", "no such file"), (".", "folder, not an npz file")):
        with pytest.raises(ValidationError, match=fragment):
            Npz.model_validate({"name": "npz", "path": path}, context=Sources(tmp_path))


def test_files_too_large_are_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr("rnnsweep.tasks.reading.npz_file.MAX_BYTES", 1000)
    assert "its arrays take 2.28 KiB; allowed: 1,000 B" in refused(tmp_path, GOOD)["path",]


def test_sequences_that_are_too_long_are_refused(tmp_path):
    x = np.zeros((1, 100_001), np.int8)
    assert "at most 100000" in refused(tmp_path, npz(x=x, y=np.zeros((1, 1))))["path",]


SPLITS = [
    ({"val_fraction": 0.5, "test_fraction": 0.5}, ("val_fraction", "test_fraction"), "below 1"),
    (
        {"val_fraction": 0.01},
        ("path", "val_fraction"),
        "none of the file's 20 sequences for the validation part",
    ),
    ({"test_fraction": 0.01}, ("path", "test_fraction"), "for the test part"),
    (
        {"val_fraction": 0.49, "test_fraction": 0.49},
        ("path", "val_fraction", "test_fraction"),
        "for the training part",
    ),
]


@pytest.mark.parametrize(("keys", "on", "fragment"), SPLITS)
def test_splits_that_leave_a_part_empty(tmp_path, keys, on, fragment):
    assert fragment in refused(tmp_path, GOOD, **keys)[on]


def test_a_fraction_for_a_part_that_the_file_has_is_refused(tmp_path):
    content = npz(x=X, y=Y, x_val=X, y_val=Y)
    texts = refused(tmp_path, content, val_fraction=0.2)
    assert "x_val; leave val_fraction out" in texts["path", "val_fraction"]
    texts = refused(tmp_path, content, test_fraction=0.99)
    assert "for the training part" in texts["path", "test_fraction"]


def test_every_truncation_is_refused(tmp_path):
    small = npz(x=TOKENS[:5], y=CLASSES[:5])
    for end in range(0, len(small), 7):
        texts = refused(tmp_path, small[:end])
        assert list(texts) == [("path",)]


def test_every_flipped_byte_is_refused_or_harmless(tmp_path):
    small = npz(x=TOKENS[:5], y=CLASSES[:5])
    rng = np.random.default_rng(0)
    whole = make(tmp_path, small).data(0).train
    for at in range(0, len(small), 5):
        content = bytearray(small)
        content[at] ^= int(rng.integers(1, 256))
        try:
            part = make(tmp_path, bytes(content)).data(0).train
        except ValidationError as error:
            (fault,) = error.errors()[0]["ctx"]["error"].faults
            assert fault.keys == ("path",)
        else:
            # A byte that no reader uses: dates, attributes, comments.
            np.testing.assert_array_equal(part.x, whole.x)


MASK = RNG.integers(2, size=(N, T))
MASK[:, :4] = 1


class TestMask:
    def test_it_goes_with_its_sequences(self, tmp_path):
        y = np.where(MASK, STEPS, -1)
        task = make(tmp_path, npz(x=X, y=y, mask=MASK.astype(float)))
        assert task.available_outputs == ("every",)
        assert task.n_classes == 4
        assert task.output == "every"
        row = 0
        for part in task.data(0, "every"):
            rows = slice(row, row + len(part.x))
            np.testing.assert_array_equal(part.mask, MASK[rows] == 1)
            np.testing.assert_array_equal(part.y, np.where(MASK[rows], STEPS[rows], 0))
            row = rows.stop
        assert row == N

    def test_it_ends_with_its_sequence(self, tmp_path):
        lengths = np.maximum(LENGTHS, 4)
        task = make(tmp_path, npz(x=X, y=STEPS, lengths=lengths, mask=np.ones((N, T), bool)))
        part = task.data(0, "every").train
        np.testing.assert_array_equal(part.mask, np.arange(T) < part.lengths[:, np.newaxis])

    def test_every_part_has_one_or_none(self, tmp_path):
        arrays = {"x": X, "y": STEPS, "x_val": X, "y_val": STEPS}
        both = make(tmp_path, npz(**arrays, mask=MASK, mask_val=1 - MASK * 0))
        assert both.data(0, "every").val.mask.all()
        assert refused(tmp_path, npz(**arrays, mask=MASK)) == {
            ("path",): 'it has "mask" and "x_val" but no "mask_val"; give the mask of every part; '
            "that of a part in which every time step counts is mask_val=np.ones(x_val.shape[:2])"
        }

    def test_the_numbers_that_count_alone_reach_a_network(self, tmp_path):
        y = np.where(MASK[..., np.newaxis], RNG.random((N, T, 1)), 1e300)
        task = make(tmp_path, npz(x=X, y=y, mask=MASK))
        inputs, targets = task.numbers("every")
        assert inputs.values.shape == (N * T, 2)
        assert targets.values.shape == (MASK.sum(), 1)
        assert targets.values.max() < 1
        assert task.target_range()[1] < 1

    def test_what_is_no_mask_is_refused(self, tmp_path):
        half, none = MASK.astype(float), MASK.copy()
        half[3, 2], none[5] = 0.5, 0
        cases = {
            "has the shape (20, 5) and holds whole numbers; allowed: 0 or 1 for each time step of "
            '"x", (20, 6)': MASK[:, :5],
            '"mask"[3, 2] is 0.5; allowed: 0, 1, or booleans': half,
            '"mask"[5] is 0 at every time step of its sequence': none,
        }
        for message, mask in cases.items():
            (text,) = refused(tmp_path, npz(x=X, y=STEPS, mask=mask)).values()
            assert message in text
        (text,) = refused(tmp_path, npz(x=X, y=Y, mask=MASK)).values()
        assert text == (
            'it has "mask", and "y" has one target a sequence; allowed: a mask of targets at every '
            "time step"
        )
