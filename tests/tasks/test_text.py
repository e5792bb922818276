"""The user's text: windows, vocabulary, split, and every way in which a file can be wrong."""

import pickle

import numpy as np
import pytest
from pydantic import ValidationError
from task_cases import baselines

from rnnsweep.tasks import Sources
from rnnsweep.tasks.text import Text

POEM = "The sea, the sea!\nNo shore in sight, and no gull either.\n" * 4


def make(path, **keys):
    settings = {"name": "text", "path": str(path), "seq_len": 5} | keys
    return Text.model_validate(settings)


def write(path, text):
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize("seq_len", [1, 5, 20])
def test_windows_are_those_of_a_plain_loop(tmp_path, seq_len):
    task = make(write(tmp_path / "a.txt", POEM), seq_len=seq_len, val_fraction=0.25)
    n = len(POEM)
    n_val, n_test = round(n * 0.25), round(n * 0.1)
    texts = [POEM[: n - n_val - n_test], POEM[n - n_val - n_test : n - n_test], POEM[n - n_test :]]
    data = task.data(0)
    for part, text, announced in zip(data, texts, task.shape()[3:], strict=True):
        windows = []
        start = 0
        while start + seq_len + 1 <= len(text):
            windows.append((text[start : start + seq_len], text[start + 1 : start + seq_len + 1]))
            start += seq_len
        assert len(part.x) == len(part.y) == len(windows) == announced
        for x, y, (seen, following) in zip(part.x, part.y, windows, strict=True):
            assert "".join(task.vocabulary[i] for i in x) == seen
            assert "".join(task.vocabulary[i] for i in y) == following
        assert part.x.dtype == part.y.dtype == np.int64
        assert part.persistence is None
        assert part.lengths is None


def test_the_vocabulary_is_that_of_the_whole_file_sorted(tmp_path):
    task = make(write(tmp_path / "a.txt", "bacab" * 30 + "é\U0001f600Z"))
    assert task.vocabulary == "Zabcé\U0001f600"
    assert task.n_classes == 6
    assert task.has_symbols
    assert task.shape()[1:3] == (6, 6)
    assert task.target_range() == (0.0, 5.0)
    assert Text.streams


def test_the_numbers_depend_on_the_characters_and_not_on_their_order(tmp_path):
    first = make(write(tmp_path / "a.txt", "abcd" * 30))
    two = make(write(tmp_path / "b.txt", "dcba" * 30))
    assert first.vocabulary == two.vocabulary


def test_line_ends_and_capitals_count_and_a_byte_order_mark_does_not(tmp_path):
    task = make(write(tmp_path / "a.txt", "\ufeffaA\r\n" * 1 + "aA\r\n" * 40))
    assert task.vocabulary == "\n\rAa"


def test_the_baseline_is_the_unigram_entropy(tmp_path):
    task = make(write(tmp_path / "a.txt", POEM))
    data = task.data(0)
    baseline = baselines(data, task.loss)["frequencies"]
    train = [task.vocabulary[i] for i in data.train.y.ravel()]
    val = [task.vocabulary[i] for i in data.val.y.ravel()]
    losses = [-np.log(train.count(character) / len(train)) for character in val]
    assert baseline == pytest.approx(np.mean(losses), rel=1e-12)


def test_the_seed_changes_nothing_and_the_content_is_the_identity(tmp_path):
    (tmp_path / "sub").mkdir()
    first = make(write(tmp_path / "a.txt", POEM))
    two = make(write(tmp_path / "sub" / "b.txt", POEM))
    other = make(write(tmp_path / "c.txt", POEM + "."))
    assert first.identity() == two.identity() != other.identity()
    assert first != other
    np.testing.assert_array_equal(first.data(0).train.x, first.data(1).train.x)
    assert not Text.seeded


def test_a_task_carries_its_text_with_it(tmp_path):
    path = write(tmp_path / "a.txt", POEM)
    task = make(path)
    path.unlink()
    there = pickle.loads(pickle.dumps(task))
    assert there == task
    assert hash(there) == hash(task)
    np.testing.assert_array_equal(there.data(0).test.x, task.data(0).test.x)


BAD = [
    (None, {}, ("path",), ["there is no such file"]),
    (b"", {}, ("path",), ["empty"]),
    (b"\xef\xbb\xbf", {}, ("path",), ["empty"]),
    (b"aaaaaaaaaaaaaaa", {}, ("path",), ["one character", "'a'"]),
    (b"ab\nc\xe4d" * 20, {}, ("path",), ["line 2", "UTF-8"]),
    (b"\xff\xfea\0b\0", {}, ("path",), ["UTF-8"]),
    (b"ab" * 30, {"seq_len": 6}, ("path", "seq_len", "val_fraction"), ["7 characters", "has 6"]),
    (b"ab" * 30, {"seq_len": 6}, ("path", "seq_len", "test_fraction"), ["test part", "60"]),
    (b"ab" * 30, {"seq_len": 48}, ("path", "seq_len"), ["49 characters", "training part has 48"]),
    (b"ab" * 30, {"val_fraction": 0.95}, ("val_fraction", "test_fraction"), ["below 1"]),
]


@pytest.mark.parametrize(("content", "keys", "on", "fragments"), BAD)
def test_bad_files_are_refused_by_place(tmp_path, content, keys, on, fragments):
    if content is not None:
        (tmp_path / "a.txt").write_bytes(content)
    settings = {"name": "text", "path": "a.txt", "seq_len": 5} | keys
    with pytest.raises(ValidationError) as caught:
        Text.model_validate(settings, context=Sources(tmp_path))
    faults = caught.value.errors()[0]["ctx"]["error"].faults
    texts = [fault.text for fault in faults if fault.keys == on]
    assert len(texts) == 1, faults
    for fragment in fragments:
        assert fragment in texts[0]


def test_a_folder_is_no_text(tmp_path):
    with pytest.raises(ValidationError, match="folder, not a text file"):
        make(tmp_path)


def test_the_shortest_text_that_will_do(tmp_path):
    shape = make(write(tmp_path / "a.txt", "ab" * 30), seq_len=5).shape()
    assert shape[3:] == (9, 1, 1)
