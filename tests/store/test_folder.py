"""Files of a results folder are replaced whole or not at all."""

import errno

import pytest
from commandline import snapshot

from rnnsweep.errors import ResultsError
from rnnsweep.store.folder import Folder


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    folder = Folder(tmp_path)
    folder.write_text(folder.sweep_toml, "seed = 1\r\n# é\n")
    assert folder.sweep_toml.read_bytes() == "seed = 1\r\n# é\n".encode()
    before = snapshot(tmp_path)

    def fail(error):
        with folder.replacing(folder.sweep_toml) as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(KeyboardInterrupt):
        fail(KeyboardInterrupt)
    assert snapshot(tmp_path) == before
    with pytest.raises(ResultsError, match="disk is full"):
        fail(OSError(errno.ENOSPC, "No space left on device"))
    assert snapshot(tmp_path) == before


def test_pictures_have_their_folder_and_their_ending(tmp_path):
    folder = Folder(tmp_path)
    with folder.replacing(folder.plots / "effects.png") as temporary:
        assert temporary.suffix == ".png"  # matplotlib goes by it
        temporary.write_bytes(b"picture")
    assert snapshot(tmp_path) == {"plots": None, "plots/effects.png": b"picture"}


def test_a_place_that_cannot_be_taken(tmp_path):
    folder = Folder(tmp_path)
    folder.trials_csv.mkdir()
    with pytest.raises(ResultsError, match=r"trials\.csv"):
        folder.write_text(folder.trials_csv, "text")
    assert snapshot(tmp_path) == {"trials.csv": None}


def test_what_a_killed_run_was_writing_is_removed_and_nothing_else(tmp_path):
    folder = Folder(tmp_path)
    folder.plots.mkdir()
    others = (".tmp-notes.txt", "plots/mine.png", "plots/.tmp-notes.txt", "epochs.csv")
    leftovers = (".tmp-epochs.csv", ".tmp-epochs.parquet", ".tmp-store.db", "plots/.tmp-a.png")
    for name in (*others, *leftovers):
        (tmp_path / name).touch()
    folder.remove_leftovers()
    assert snapshot(tmp_path).keys() == {*others, "plots"}
