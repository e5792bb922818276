"""The directory of compiled kernels: another one after each edit, the same one otherwise."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numba
import pytest
from every_kernel import every_kernel
from numba import config
from numba.core.caching import FunctionCache

import rnnsweep
from rnnsweep import kernels
from rnnsweep.kernels import cache_directory
from rnnsweep.kernels.cache_directory import CACHE_DIR
from rnnsweep.vocabulary import ACTIVATIONS

pytestmark = pytest.mark.skipif(config.DISABLE_JIT, reason="interpreted: nothing is compiled")

# A kernel with a callee in another file: the activation `sigmoid` calls `elementary.sigmoid`.
PROGRAM = """
import numba, numpy as np
from rnnsweep.kernels import activations, apart
from rnnsweep.kernels.cache_directory import CACHE_DIR, CACHE_IS_KEPT

@numba.njit
def run(address, z, h):
    apart.call(address, (z, h))

z, h = np.zeros(1), np.zeros(1)
run(activations.address("sigmoid", "float64"), z, h)
stats = activations.ACTIVATIONS["sigmoid"].kernel.kernel.stats
hits, misses = sum(stats.cache_hits.values()), sum(stats.cache_misses.values())
print(h[0], hits, misses, CACHE_IS_KEPT, CACHE_DIR)
"""
KERNELS = Path(kernels.__file__).parent


class Ran(NamedTuple):
    """What the program prints: the value, whether the kernel was loaded or compiled, and where."""

    value: float
    hits: int
    misses: int
    is_kept: bool
    cache: Path


@pytest.fixture
def home(tmp_path):
    """Return a folder with a copy of the package, and room for a cache."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(rnnsweep.__file__).parent, tmp_path / "rnnsweep", ignore=ignored)
    return tmp_path


def run(home, **environment):
    """Run the program in a new process."""
    inherited = {
        k: v for k, v in os.environ.items() if not k.startswith(("NUMBA_", "PYTHON", "XDG_"))
    }
    done = subprocess.run(
        [sys.executable, "-B", "-c", PROGRAM],
        cwd=home,
        env=inherited | {"PYTHONPATH": str(home)} | {k: str(v) for k, v in environment.items()},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    value, hits, misses, is_kept, cache = done.stdout.split(maxsplit=4)
    return Ran(float(value), int(hits), int(misses), is_kept == "True", Path(cache.strip()))


def files_in(folder):
    return {path.relative_to(folder) for path in folder.rglob("*")}


def test_an_edit_is_compiled_and_compiled_kernels_are_loaded_again(home):
    package = home / "rnnsweep"
    shipped = files_in(package)
    cache = home / "cache"
    # An install that nobody may write to (root may, so the files are counted too).
    package.chmod(0o555)
    (package / "kernels").chmod(0o555)
    try:
        first = run(home, NUMBA_CACHE_DIR=cache)
        assert first[:4] == (0.5, 0, 1, True)
        assert first.cache.is_relative_to(cache)
        assert any(first.cache.rglob("*.nbi"))
        assert files_in(package) == shipped

        assert run(home, NUMBA_CACHE_DIR=cache) == first._replace(hits=1, misses=0)
    finally:
        package.chmod(0o755)
        (package / "kernels").chmod(0o755)

    # The kernel's own file stays: what is edited is a callee, in another file.
    callee = package / "kernels" / "elementary.py"
    before = callee.read_text()
    edited = before.replace(
        "(t if x < 0 else type(x)(1.0)) / (type(x)(1.0) + t)",
        "(t if x < 0 else type(x)(1.0)) / (type(x)(3.0) + t)",
    )
    assert edited != before
    callee.write_text(edited)
    second = run(home, NUMBA_CACHE_DIR=cache)
    assert second[:4] == (0.25, 0, 1, True)
    assert second.cache != first.cache

    # The sources as they were: so is what was compiled from them.
    callee.write_text(before)
    assert run(home, NUMBA_CACHE_DIR=cache) == first._replace(hits=1, misses=0)


@pytest.fixture
def copied(monkeypatch, tmp_path):
    """Return a copy of the kernels' sources, which the name of the directory is a hash of."""
    folder = tmp_path / "kernels"
    shutil.copytree(KERNELS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(cache_directory, "__file__", str(folder / "cache_directory.py"))
    assert cache_directory.choose_directory() == (CACHE_DIR, True)
    return folder


@pytest.mark.parametrize(
    "name", sorted(path.relative_to(KERNELS).as_posix() for path in KERNELS.rglob("*.py"))
)
def test_an_edit_in_any_file_has_another_cache(name, copied):
    source = copied / name
    before = source.read_bytes()
    for edited in (before + b"#", before.replace(b"e", b"f", 1), b""):
        source.write_bytes(edited)
        assert cache_directory.hashed_directory() != CACHE_DIR
    source.write_bytes(before)
    assert cache_directory.hashed_directory() == CACHE_DIR
    source.unlink()
    assert cache_directory.hashed_directory() != CACHE_DIR


@pytest.mark.parametrize("name", ["peephole.py", "cells/peephole.py"])
def test_a_new_file_has_another_cache(name, copied):
    (copied / name).parent.mkdir(exist_ok=True)
    (copied / name).write_text("LEAK = 0.01")
    assert cache_directory.hashed_directory() != CACHE_DIR


def test_machine_code_is_made_of_the_files_of_its_folder_alone():
    # A constant from elsewhere would be compiled in, and an edit of it would go unseen.
    code = (
        "import pkgutil, sys, rnnsweep.kernels as kernels\n"
        "modules = pkgutil.walk_packages(kernels.__path__, 'rnnsweep.kernels.')\n"
        "names = [module.name for module in modules]\n"
        "for name in names: __import__(name)\n"
        "print(*(name for name in sys.modules if 'rnnsweep' in name and name not in names))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    # The package's `__init__` imports only its version at once.
    assert set(done.stdout.split()) == {"rnnsweep", "rnnsweep.kernels", "rnnsweep.version"}


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="another place there")
def test_the_cache_lies_in_the_user_s_cache_directory(monkeypatch, tmp_path):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_directory.hashed_directory().parent == tmp_path / "rnnsweep"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_directory.hashed_directory().parent == tmp_path / ".cache" / "rnnsweep"


def test_every_kernel_on_disk_is_in_the_list_of_every_kernel():
    # By the decorators in the source, so that the tests over every kernel miss none.
    decorator_of_kept = re.compile(r"""apart|elementwise|entry|(loss|optimizer)\(.*\)""")
    names = {f"rnnsweep.kernels.activations.activate_{name}" for name in ACTIVATIONS}
    for path in KERNELS.rglob("*.py"):
        module = ".".join(path.relative_to(KERNELS).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef):
                decorators = map(ast.unparse, node.decorator_list)
                if any(decorator_of_kept.fullmatch(decorator) for decorator in decorators):
                    names.add(f"rnnsweep.kernels.{module}.{node.name}")
    # Texts of cells that the package has not as files lie beside their machine code.
    assert {name for name in every_kernel() if ".derived.cell_" not in name} == names
    for kernel in every_kernel().values():
        assert Path(kernel._cache.cache_path).is_relative_to(CACHE_DIR)


def test_users_kernels_are_kept_where_numba_s_own_setting_says(tmp_path, monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    kernel = numba.njit(cache=True)(lambda x: x)
    assert Path(kernel._cache.cache_path).is_relative_to(tmp_path)
    assert type(kernel._cache) is FunctionCache
    assert CACHE_DIR.parent.name == "rnnsweep"


@pytest.mark.parametrize("name", ["CPU_NAME", "CPU_FEATURES"])
def test_another_cpu_has_another_cache(name, monkeypatch):
    monkeypatch.setattr(cache_directory, name, "another")
    assert cache_directory.hashed_directory() != CACHE_DIR


@pytest.mark.parametrize("name", ["BOUNDSCHECK", "OPT"])
def test_other_flags_have_another_cache(name, monkeypatch):
    # Not part of numba's own key: machine code without checks would be used for code with checks.
    monkeypatch.setattr(config, name, "another")
    assert cache_directory.hashed_directory() != CACHE_DIR
    monkeypatch.undo()
    assert cache_directory.hashed_directory() == CACHE_DIR


@pytest.mark.skipif(sys.platform == "win32", reason="no /dev/null there")
def test_kernels_run_where_nothing_can_be_written(home):
    # A service or a container: no home, and an install of another user. A file in place of
    # `__pycache__` also keeps root out.
    (home / "rnnsweep" / "kernels" / "__pycache__").touch()
    nowhere = {"HOME": "/dev/null", "XDG_CACHE_HOME": "/dev/null/cache"}
    first, again = run(home, **nowhere), run(home, **nowhere)
    assert first[:4] == again[:4] == (0.5, 0, 1, False)
    assert first.cache != again.cache
    assert not first.cache.exists()
