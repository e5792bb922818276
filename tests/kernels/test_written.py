"""Cells' texts as modules: which file a text gets, also where files are damaged or none is kept."""

import os
import subprocess
import sys

import numpy as np
import pytest
from from_python import from_python
from numba import config

from rnnsweep.cells import CELLS
from rnnsweep.cells.emit import source
from rnnsweep.kernels import cache_directory, written

jitted = pytest.mark.skipif(config.DISABLE_JIT, reason="interpreted: nothing is compiled")

TEXT = source(CELLS["ugrnn"])


@pytest.fixture
def caches(monkeypatch, tmp_path):
    """A cache directory of the test's own, and the file that `TEXT` has there."""
    monkeypatch.setattr(written, "CACHE_DIR", tmp_path)
    path = written._file(TEXT)
    assert path.parent == tmp_path / "cells"
    return path


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


# ---- which file


def test_a_text_has_one_file_with_its_own_name(caches):
    assert caches.read_text("utf-8") == TEXT
    before = caches.stat()
    assert written._file(TEXT) == caches
    after = caches.stat()  # numba's index of machine code has the time and the size
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    other = written._file(TEXT + "# changed\n")
    assert other != caches
    assert names_in(caches.parent) == sorted([caches.name, other.name])


def test_a_file_of_the_package_is_taken_where_it_is_equal(caches, monkeypatch, tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    monkeypatch.setattr(written, "DERIVED", kept)
    (kept / "ugrnn.py").write_text(TEXT, encoding="utf-8")
    assert written._file(TEXT) == kept / "ugrnn.py"
    (kept / "ugrnn.py").write_text(TEXT.replace("sigmoid", "tanh"), encoding="utf-8")
    assert written._file(TEXT) == caches


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_usual_cells_are_files_of_the_package(cell):
    assert written._file(source(CELLS[cell])) == written.DERIVED / f"{cell}.py"
    other = source(CELLS[cell].with_activation("relu"))
    assert written.DERIVED not in written._file(other).parents


def test_parts_are_made_once():
    assert written.parts(TEXT) is written.parts(str(TEXT))
    assert written.parts(TEXT) is not written.parts(source(CELLS["mgu"]))
    assert written.parts(TEXT).advance.__module__.startswith("rnnsweep.kernels.derived.")


# ---- damage


def cut(path):
    path.write_bytes(path.read_bytes()[:100])


def with_another_number(path):
    path.write_bytes(path.read_bytes().replace(b"1.0", b"2.0"))


def no_text(path):
    path.write_bytes(b"\xff\xfe\x00")


def a_folder(path):
    path.unlink()
    path.mkdir()
    (path / "file").touch()


def a_link_to_itself(path):
    path.unlink()
    path.symlink_to(path)


def a_link_to_nothing(path):
    path.unlink()
    path.symlink_to(path.with_name("nothing"))


@pytest.mark.parametrize(
    "damage", [cut, with_another_number, no_text, a_folder, a_link_to_itself, a_link_to_nothing]
)
def test_a_damaged_file_is_replaced(damage, caches):
    damage(caches)
    assert written._file(TEXT) == caches
    assert caches.read_text("utf-8") == TEXT
    assert names_in(caches.parent) == [caches.name]


def test_where_there_are_no_links_the_file_is_renamed(monkeypatch, tmp_path):
    def no_link(name, path):
        raise PermissionError("no hard links on this file system")

    monkeypatch.setattr(written, "CACHE_DIR", tmp_path)
    monkeypatch.setattr(written.os, "link", no_link)
    path = written._file(TEXT)
    assert path.read_text("utf-8") == TEXT
    assert names_in(tmp_path / "cells") == [path.name]


def test_where_nothing_can_be_kept_the_file_is_this_process_s(monkeypatch, tmp_path):
    # Permissions mean nothing to root: a file in place of the directory keeps everyone out.
    (tmp_path / "file").touch()
    monkeypatch.setattr(written, "CACHE_DIR", tmp_path / "file")
    monkeypatch.setattr(cache_directory, "_warned", [])
    with pytest.warns(UserWarning, match=r"no kernels can be kept in .*NUMBA_CACHE_DIR"):
        path = written._file(TEXT)
    assert path.read_text("utf-8") == TEXT
    assert tmp_path not in path.parents
    assert written._file(TEXT) == path  # and no second warning


# ---- several processes

SHARE = """
import sys, time
from rnnsweep.kernels import written
print(flush=True)
sys.stdin.readline()
for n in range(300):
    path = written._file(f"# text {n}\\n")
    print(path.name, path.stat().st_ino, path.stat().st_mtime_ns)
"""


def test_of_two_processes_the_first_writer_wins(tmp_path):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", SHARE],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout.readline() == "\n"
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    one, other = (process.communicate(timeout=120)[0].splitlines() for process in processes)
    # Each of them has seen the same files: none was replaced by an equal one.
    assert len(one) == 300
    assert one == other
    folder = next(tmp_path.glob("rnnsweep/*/cells"))
    there = [(folder / line.split()[0]).stat() for line in one]
    assert [line.split()[1:] for line in one] == [
        [str(stat.st_ino), str(stat.st_mtime_ns)] for stat in there
    ]
    assert len(names_in(folder)) == 300


LOAD = """
import sys
from rnnsweep.cells import CELLS
from rnnsweep.cells.emit import source
from rnnsweep.kernels import written
for part in written.parts(source(CELLS["min_gru"])):
    part.address("float64")
    print(sum(part.kernel.stats.cache_hits.values()), part.kernel.stats.cache_misses == {})
"""


@jitted
def test_another_process_loads_the_machine_code(tmp_path):
    def run():
        done = subprocess.run(
            [sys.executable, "-c", LOAD],
            env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=300,
            check=True,
        )
        return done.stdout.splitlines()

    assert run() == ["0 False"] * 3
    assert run() == ["1 True"] * 3
    (path,) = tmp_path.glob("rnnsweep/*/cells/*.py")
    path.write_text("# damaged\n", encoding="utf-8")
    assert len(run()) == 3
    assert path.read_text("utf-8") == source(CELLS["min_gru"])


def test_the_parts_are_functions_of_the_text():
    # h = (1 - z) h_prev + z c, from the arrays zz, zc, h_prev, h and g_h of two units.
    memory = np.array([0.0, np.log(3), 2.0, 4.0, 1.0, 8.0, np.nan, np.nan, 3.0, 5.0])
    at = np.array([0, 2, 4, 6, 8, 2, 4, 6, 8, 10])
    parts = written.parts(source(CELLS["min_gru"]))
    from_python(parts.advance)(memory, at, np.zeros(0), 0, 0, 2, 0)
    np.testing.assert_allclose(memory[6:8], [0.5 + 1, 8 / 4 + 3], rtol=1e-15)
    from_python(parts.retreat)(memory, at, np.zeros(0), 0, 0, 2, 0)
    np.testing.assert_allclose(memory[:2], [3 * (2 - 1) / 4, 5 * (4 - 8) * 3 / 16], rtol=1e-15)
    np.testing.assert_allclose(memory[2:4], [3 / 2, 5 * 3 / 4], rtol=1e-15)
    np.testing.assert_allclose(memory[8:], [3 / 2, 5 / 4], rtol=1e-15)
