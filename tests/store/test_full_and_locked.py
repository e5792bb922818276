"""Disks without space and folders without the right to write."""

import shutil
import sys
import tempfile
from pathlib import Path

import pytest
from commandline import snapshot
from store_cases import epochs_of, half_written, python, record

from rnnsweep.errors import ResultsError
from rnnsweep.store.store import Store

LIMITED = """
import resource, signal, sys
from rnnsweep.errors import ResultsError
from rnnsweep.store.store import Store
from store_cases import named, record
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
done = 0
try:
    with Store.writer(sys.argv[1]) as results:
        results.set_sweep("grid", "", ["hidden_size", "seed"], named(*range(500)))
        for a in range(0, 500, 5):
            results.add([record(i, epochs=20) for i in range(a, a + 5)])
            done += 5
except ResultsError as error:
    print(error)
print(done)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
@pytest.mark.parametrize("room", [1_000, 100_000])
def test_a_full_disk(tmp_path, room):
    # A limit on the size of files stands in for the disk: writes beyond it fail.
    path = tmp_path / "deep" / "results"
    output, errors = python(LIMITED, path, room).communicate()
    assert errors == ""
    message, done = output.splitlines()
    assert "space" in message
    assert "store.db" in message
    if room == 1_000:  # not even an empty store
        assert int(done) == 0
        assert list(tmp_path.iterdir()) == []
    else:
        assert 0 < int(done) < 500
        with Store.writer(path) as results:  # with room again
            assert results.counts().done == int(done)
            assert all(len(rows) == 20 for _, rows in epochs_of(results))
            results.add([record(499)])


def test_a_full_disk_as_an_error_of_sqlite(folder):
    with Store.writer(folder.path) as results:
        before = list(epochs_of(results))
        (pages,) = results._db.execute("PRAGMA page_count").fetchone()
        results._db.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(ResultsError, match="disk is full"):
            results.add([record(4, epochs=5000)])
        assert list(epochs_of(results)) == before


UNPRIVILEGED = """
import os, sys
from rnnsweep.errors import ResultsError
from rnnsweep.store.folder import Folder
from rnnsweep.store.store import Store
if os.getuid() == 0:  # permissions mean nothing to root
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
for path in sys.argv[1:]:
    try:
        with Store.writer(path):
            print("written")
    except ResultsError as error:
        print(error)
    try:
        with Store.reader(path) as results:
            print(results.counts().done, len(list(results.epoch_arrays())), results.folder.in_use())
    except ResultsError as error:
        print(error)
"""


@pytest.fixture
def open_tmp():
    """Return a temporary folder that every user may enter, unlike pytest's own."""
    path = Path(tempfile.mkdtemp(prefix="rnnsweep-"))
    path.chmod(0o755)
    yield path
    for inner in (path, *path.rglob("*")):
        if inner.is_dir():
            inner.chmod(0o755)
    shutil.rmtree(path)


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX permissions")
def test_a_folder_without_the_right_to_write(folder, open_tmp):
    stored, absent, empty = open_tmp / "stored", open_tmp / "locked" / "absent", open_tmp / "empty"
    half, others = open_tmp / "half", open_tmp / "others"
    shutil.copytree(folder.path, stored)
    shutil.copytree(folder.path, others)
    (others / "store.db").chmod(0o444)
    others.chmod(0o777)
    half_written(folder, half)
    (stored / ".lock").chmod(0)
    absent.parent.mkdir()
    empty.mkdir()
    for path in (stored, half, absent.parent, empty):
        path.chmod(0o555)
    before = snapshot(open_tmp)
    output, errors = python(UNPRIVILEGED, stored, half, absent, empty, others).communicate()
    assert errors == ""
    lines = output.splitlines()
    assert "stored is not writable" in lines[0]
    assert lines[1] == "3 4 None"  # it reads, but cannot tell whether a run goes on
    assert "half is not writable" in lines[2]
    assert "half/store.db holds half a commit" in lines[3]
    assert "locked is not writable" in lines[4]
    assert "empty is not writable" in lines[6]
    assert "others/store.db is not writable" in lines[8]
    assert lines[9] == "3 4 False"
    for line in (lines[5], lines[7]):
        assert "no results" in line
    assert snapshot(open_tmp) == before
