"""Damaged files of kernels, and disks that keep none: compiled again, once, with no traceback."""

import errno
import os
import random
import shutil
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path

import pytest
from commandline import ROOT, TINY
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numba import config, float32, float64

from rnnsweep.kernels import cache, cache_directory
from rnnsweep.kernels.entries import entry

pytestmark = pytest.mark.skipif(config.DISABLE_JIT, reason="interpreted: nothing is compiled")


def twice(x):
    return x + x


def declared(folder, function=twice):
    """Return a kernel as in a new process: none of its machine code is in memory."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache, "CACHE_DIR", folder)
        return entry(function)


def hits_of(kernel):
    """Call a kernel for two types; return for how many of them it was loaded from the disk."""
    assert [kernel(2.0), kernel(2)] == [4.0, 4]
    assert sum((kernel.stats.cache_hits + kernel.stats.cache_misses).values()) == 2
    return sum(kernel.stats.cache_hits.values())


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A directory with the files of a kernel compiled for two types; not to be changed."""
    folder = tmp_path_factory.mktemp("kernels")
    assert hits_of(declared(folder)) == 0
    assert hits_of(declared(folder)) == 2
    assert sorted(path.suffix for path in files_of(folder)) == [".nbc", ".nbc", ".nbi"]
    return folder


def files_of(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def flipped(path, rng):
    content = bytearray(path.read_bytes())
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    path.write_bytes(content)


def cut(path, rng):
    content = path.read_bytes()
    path.write_bytes(content[: rng.randrange(max(len(content), 1))])


def a_folder(path, rng):
    path.unlink()
    path.mkdir()
    (path / "file").touch()


def a_link_to_itself(path, rng):
    path.unlink()
    path.symlink_to(path)


def a_link_to_a_folder(path, rng):
    path.unlink()
    path.symlink_to(ROOT)


DAMAGES = {
    "empty": lambda path, rng: path.write_bytes(b""),
    "cut": cut,
    "one bit": flipped,
    "zeros": lambda path, rng: path.write_bytes(bytes(path.stat().st_size)),
    "random": lambda path, rng: path.write_bytes(rng.randbytes(rng.randrange(5000))),
    "longer": lambda path, rng: path.write_bytes(path.read_bytes() + b"\0"),
    "gone": lambda path, rng: path.unlink(),
    "a folder": a_folder,
    "a link to itself": a_link_to_itself,
    "a link to a folder": a_link_to_a_folder,
}


@given(st.lists(st.sampled_from([None, *DAMAGES]), min_size=3, max_size=3), st.integers(0, 2**32))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_damaged_is_compiled_again_once(whole, tmp_path_factory, damages, seed):
    folder = tmp_path_factory.mktemp("damaged") / "kernels"
    shutil.copytree(whole, folder)
    for path, damage in zip(files_of(folder), damages, strict=True):
        if damage is not None:
            DAMAGES[damage](path, random.Random(seed))
    of_data, of_index = damages[:2], damages[2]  # in the order of their names
    assert hits_of(declared(folder)) == (0 if of_index else of_data.count(None))
    assert hits_of(declared(folder)) == 2
    assert ROOT.is_dir()  # what a link points to stays


@pytest.mark.parametrize("wrong", ["of another kernel", "of the other types"])
def test_machine_code_of_another_kernel_is_not_used(whole, tmp_path, wrong):
    folder = tmp_path / "kernels"
    shutil.copytree(whole, folder)
    first, second, _ = files_of(folder)
    if wrong == "of the other types":  # as where two processes gave their files the same name
        shutil.copy(second, first)
    else:
        other = declared(tmp_path / "other", lambda x: x * x)
        other(2.0)
        shutil.copy(next((tmp_path / "other").rglob("*.nbc")), first)
    assert hits_of(declared(folder)) == 1
    assert hits_of(declared(folder)) == 2


def test_files_that_numba_s_own_cache_wrote_are_compiled_again(tmp_path):
    # Those of an older version of rnnsweep have no digest.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache, "KernelCache", cache.caching.FunctionCache)
        hits_of(declared(tmp_path))
    assert hits_of(declared(tmp_path)) == 0
    assert hits_of(declared(tmp_path)) == 2


# No room


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE])
@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_a_disk_that_becomes_full_while_kernels_are_compiled(tmp_path, monkeypatch, code, after):
    write, written = cache._Files._write, []

    def full(self, path, content):
        written.append(path)
        if len(written) > after:
            raise OSError(code, os.strerror(code), path)
        write(self, path, content)

    monkeypatch.setattr(cache_directory, "_warned", [])
    monkeypatch.setattr(cache._Files, "_write", full)
    with pytest.warns(UserWarning, match="no kernels can be kept in") as caught:
        assert hits_of(declared(tmp_path)) == 0
    assert len(caught) == 1  # not one a kernel
    assert str(tmp_path) in str(caught[0].message)
    assert os.strerror(code) in str(caught[0].message)
    monkeypatch.undo()
    hits_of(declared(tmp_path))  # with room again
    assert hits_of(declared(tmp_path)) == 2


def test_a_directory_that_is_gone_is_made_again(whole, tmp_path):
    folder = tmp_path / "kernels"
    shutil.copytree(whole, folder)
    kernel = declared(folder)
    shutil.rmtree(folder)
    assert hits_of(kernel) == 0
    assert hits_of(declared(folder)) == 2


@pytest.mark.parametrize(
    "place", ["a full disk", "a file", "below a file", "a long name", "a loop"]
)
def test_where_nothing_can_be_kept_another_place_is_named(tmp_path, monkeypatch, place):
    root = tmp_path / "root"
    if place == "a full disk":
        monkeypatch.setattr(cache_directory.tempfile, "TemporaryFile", _without_space)
    elif place == "a long name":
        root = tmp_path / ("n" * 300)
    elif place == "a loop":
        root.symlink_to(root)
    else:
        root.touch()
        root = root / "below" if place == "below a file" else root
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(root))
    monkeypatch.setattr(cache_directory, "_warned", [])
    with pytest.warns(UserWarning, match="no kernels can be kept in") as caught:
        directory, is_kept = cache_directory.choose_directory()
    assert not is_kept
    assert directory.is_dir()
    assert not directory.is_relative_to(tmp_path)
    for part in (str(root), str(directory), "NUMBA_CACHE_DIR"):
        assert part in str(caught[0].message)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert hits_of(declared(directory)) == 0
    # No other place either: kernels are compiled all the same.
    monkeypatch.setattr(cache_directory.tempfile, "mkdtemp", _without_space)
    directory, is_kept = cache_directory.choose_directory()
    assert not is_kept
    assert directory.is_relative_to(root)


def _without_space(*_, **__):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_kernels_that_are_there_are_used_though_no_more_can_be_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    directory, _ = cache_directory.choose_directory()
    hits_of(declared(directory))
    monkeypatch.setattr(cache_directory.tempfile, "TemporaryFile", _without_space)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert cache_directory.choose_directory() == (directory, True)
        assert hits_of(declared(directory)) == 2


@pytest.mark.parametrize("level", [0, 1])
def test_a_file_in_place_of_the_directory_is_replaced(tmp_path, monkeypatch, level):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    directory, is_kept = cache_directory.choose_directory()
    assert is_kept
    (inner,) = directory.iterdir()
    place = (directory, inner)[level]
    for damage in (Path.touch, lambda path: path.symlink_to(tmp_path / "absent")):
        shutil.rmtree(place) if place.is_dir() else place.unlink()
        damage(place)
        assert cache_directory.choose_directory() == (directory, True)
        assert inner.is_dir()


# Several processes, and the command line

PROGRAM = """
import sys
from pathlib import Path
from rnnsweep.kernels import cache
from rnnsweep.kernels.entries import entry

def power(x):
    return x * x

cache.CACHE_DIR = Path(sys.argv[1])
kernel = entry(power)
kinds = [float, int, complex, bool]
for kind in kinds[int(sys.argv[2]) % 2 :: 2] + kinds:
    assert kernel(kind(1)) == kind(1)
print(sum(kernel.stats.cache_hits.values()))
"""


def test_processes_that_compile_at_once_spoil_nothing(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)

    def ran(number):
        return subprocess.run(
            [sys.executable, "-W", "error", program, tmp_path / "kernels", str(number)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True, text=True, check=True, timeout=120,
        ).stdout  # fmt: skip

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ran, range(4)))
    ran(0)
    assert ran(0) == "4\n"


def sweep(home, kernels):
    """Run a sweep with the kernels of a folder; return exit code, stderr and the table."""
    shutil.rmtree(home / "results", ignore_errors=True)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "rnnsweep", "run", "tiny.toml", "--no-plots"],
        cwd=home,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NUMBA_CACHE_DIR": str(kernels)},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    table = home / "results" / "tiny" / "trials.csv"
    return done.returncode, done.stderr, table.read_bytes()


@pytest.mark.long
def test_a_sweep_runs_whatever_happened_to_its_kernels(tmp_path):
    (tmp_path / "tiny.toml").write_text(TINY)
    kernels = tmp_path / "kernels"
    code, _, table = sweep(tmp_path, kernels)
    assert code == 0
    files = [path for path in files_of(kernels) if path.stat().st_size]
    assert len(files) > 10
    # One run with every damage: of each kernel first its code, then its index has the next one.
    for path, damage in zip(files, cycle(("cut", "random", "a folder")), strict=False):
        DAMAGES[damage](path, random.Random(0))
    code, said, again = sweep(tmp_path, kernels)
    assert (code, again) == (0, table), said
    assert all(path.is_file() and path.stat().st_size for path in files)


def test_a_sweep_runs_where_no_kernel_can_be_kept(tmp_path):
    (tmp_path / "tiny.toml").write_text(TINY)
    (tmp_path / "file").touch()
    code, said, _ = sweep(tmp_path, tmp_path / "file")
    assert code == 0
    (line,) = [line for line in said.splitlines() if "kept in" in line]
    assert line.startswith(f"rnnsweep: no kernels can be kept in {tmp_path / 'file'}")


def test_each_type_of_a_kernel_has_its_own_file(tmp_path):
    kernel = declared(tmp_path)
    kernel.compile((float32,))
    kernel.compile((float64,))
    again = declared(tmp_path)
    again.compile((float64,))
    assert sum(again.stats.cache_hits.values()) == 1
