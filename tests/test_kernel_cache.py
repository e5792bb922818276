"""Where compiled kernels are kept: fresh after any edit, found again, out of the user's way."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import pytest
from numba import config

import rnnsweep
from rnnsweep import kernels

pytestmark = pytest.mark.skipif(config.DISABLE_JIT, reason="interpreted: nothing is compiled")

# A small kernel whose callees lie in two other files: `loops.copy` and `products.add_product`.
PROGRAM = """
import numba, numpy as np
before = numba.config.CACHE_DIR
from rnnsweep.kernels import CACHE_DIR, readout, rnn
assert numba.config.CACHE_DIR == before
empty = np.zeros((0, 1, 3, 3))
w = rnn.RnnWeights(empty[:, 0], empty, empty, empty[:, 0, 0], np.ones((3, 1)), np.full(1, 0.5))
hs, ys = np.ones((1, 3)), np.zeros((1, 1))
readout.readout(w, hs, ys)
hits = sum(readout.readout.stats.cache_hits.values())
misses = sum(readout.readout.stats.cache_misses.values())
print(ys[0, 0], hits, misses, CACHE_DIR)
"""


@pytest.fixture
def home(tmp_path):
    """Return a folder with a copy of the package, and room for a cache beside it."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(rnnsweep.__file__).parent, tmp_path / "rnnsweep", ignore=ignored)
    return tmp_path


def run(home, **environment):
    """Run the program in a process of its own; return its value, hits, misses and cache."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("NUMBA_", "PYTHON", "XDG_"))}
    done = subprocess.run(
        [sys.executable, "-B", "-c", PROGRAM],
        cwd=home,
        env=kept | {"PYTHONPATH": str(home)} | {k: str(v) for k, v in environment.items()},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    value, hits, misses, cache = done.stdout.split(maxsplit=3)
    return float(value), int(hits), int(misses), Path(cache.strip())


def files_in(folder):
    return {path.relative_to(folder) for path in folder.rglob("*")}


def test_an_edit_is_compiled_and_what_was_compiled_is_found_again(home):
    package = home / "rnnsweep"
    shipped = files_in(package)
    cache = home / "cache"
    # An install that nobody may write to (root may, so the files are counted too).
    package.chmod(0o555)
    (package / "kernels").chmod(0o555)
    try:
        value, hits, misses, first = run(home, NUMBA_CACHE_DIR=cache)
        assert (value, hits, misses) == (3.5, 0, 1)
        assert first.is_relative_to(cache)
        assert any(first.rglob("*.nbi"))
        assert files_in(package) == shipped

        assert run(home, NUMBA_CACHE_DIR=cache) == (3.5, 1, 0, first)
    finally:
        package.chmod(0o755)
        (package / "kernels").chmod(0o755)

    # The kernel's own file stays: what is edited is a callee, in another file.
    loops = package / "kernels" / "loops.py"
    edited = loops.read_text().replace("target[k] = source[k]", "target[k] = 10.0 + source[k]")
    assert edited != loops.read_text()
    loops.write_text(edited)
    value, hits, misses, second = run(home, NUMBA_CACHE_DIR=cache)
    assert (value, hits, misses) == (13.5, 0, 1)
    assert second != first


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="another place there")
def test_the_cache_lies_in_the_user_s_cache_directory(monkeypatch, tmp_path):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert kernels._cache_dir().parent == tmp_path / "rnnsweep"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert kernels._cache_dir().parent == tmp_path / ".cache" / "rnnsweep"


def test_every_kernel_is_declared_while_the_cache_is_set():
    # One that is imported later, by itself, would be cached in the package and go stale there.
    files = {path.stem for path in Path(kernels.__file__).parent.glob("*.py")}
    assert {*kernels.__all__} >= files - {"__init__", "flags", "loops", "tiles"}
    assert all(name in vars(kernels) for name in files - {"__init__"})


def test_numba_s_own_setting_is_as_it_was():
    # Users' kernels keep their place: the setting is what the environment says, or nothing.
    assert os.environ.get("NUMBA_CACHE_DIR", "") == numba.config.CACHE_DIR
    assert kernels.CACHE_DIR.parent.name == "rnnsweep"


def test_the_setting_is_put_back_after_an_error(tmp_path):
    before = numba.config.CACHE_DIR
    seen = []

    def fail():
        with kernels._numba_cache(tmp_path):
            seen.append(numba.config.CACHE_DIR)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert seen == [str(tmp_path)]
    assert before == numba.config.CACHE_DIR


@pytest.mark.parametrize("name", ["CPU_NAME", "CPU_FEATURES"])
def test_another_cpu_has_another_cache(name, monkeypatch):
    monkeypatch.setattr(kernels, name, "another")
    assert kernels._cache_dir() != kernels.CACHE_DIR


@pytest.mark.parametrize("name", ["BOUNDSCHECK", "OPT"])
def test_other_flags_have_another_cache(name, monkeypatch):
    # Not part of numba's own key: machine code without checks would be taken for one with them.
    monkeypatch.setattr(config, name, "another")
    assert kernels._cache_dir() != kernels.CACHE_DIR
    monkeypatch.undo()
    assert kernels._cache_dir() == kernels.CACHE_DIR


@pytest.mark.skipif(sys.platform == "win32", reason="no /dev/null there")
def test_kernels_run_where_nothing_can_be_written(home):
    # A service or a container: no home, and an install of somebody else's. A file in place of
    # `__pycache__` keeps root out, too.
    (home / "rnnsweep" / "kernels" / "__pycache__").touch()
    nowhere = {"HOME": "/dev/null", "XDG_CACHE_HOME": "/dev/null/cache"}
    assert run(home, **nowhere)[0] == 3.5
