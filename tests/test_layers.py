"""Which room may import from which, read from the source."""

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter

import pytest
from package_imports import IMPORTS, MODULES, ROOT, inside, modules_of, nodes_that_run, outside, top

HEAVY = {"numba", "llvmlite", "pandas", "scipy", "matplotlib", "torch", "sklearn"}


# The rooms of the house, from the roof to the ground: each imports from those below alone.
ROOMS = (
    ("cli",),
    ("execution",),
    ("inference", "report"),
    ("tables",),
    ("plots",),
    ("analysis",),
    ("store", "training"),
    ("network",),
    ("kernels", "sweepfile"),
    ("tasks", "cells"),
)
FLOOR = {room: floor for floor, rooms in enumerate(reversed(ROOMS), start=1) for room in rooms}
# Words and rules that every room may use: modules of the package's own folder, without imports
# from any room.
GROUND = {top(name) for name in MODULES if MODULES[name].parent == ROOT} - {"", "__main__", "spec"}


def test_the_reader_reads():
    # Each form of import, so that what follows cannot pass by seeing nothing.
    assert "rnnsweep.kernels.cpu" in IMPORTS["rnnsweep.kernels.cache"]  # from .cpu import ...
    assert "rnnsweep.errors" in IMPORTS["rnnsweep.sweepfile.faults"]  # from rnnsweep.errors import
    assert "rnnsweep.kernels.training" not in IMPORTS["rnnsweep.kernels.losses"]
    # from rnnsweep import vocabulary
    assert "rnnsweep.vocabulary" in IMPORTS["rnnsweep.sweepfile.keys.tables"]
    assert "rnnsweep.kernels.training" in IMPORTS["rnnsweep.network.model"]  # a module by its name
    assert "rnnsweep.execution.run" in IMPORTS["rnnsweep.cli.commands"]  # inside a function
    assert outside("rnnsweep.kernels.cache_directory") == {"llvmlite", "numba", "numpy"}
    assert "pandas" in outside("rnnsweep.tables.frames")
    tree = ast.parse("if TYPE_CHECKING:\n    import a\nelse:\n    import b")
    seen = [node.names[0].name for node in nodes_that_run(tree) if isinstance(node, ast.Import)]
    assert seen == ["b"]


def test_every_module_is_in_a_room_or_on_the_ground():
    folders = {path.parent for path in MODULES.values()} - {ROOT}
    assert {folder.relative_to(ROOT).parts[0] for folder in folders} == FLOOR.keys()


@pytest.mark.parametrize("name", [name for name in MODULES if top(name) in FLOOR])
def test_a_room_imports_from_the_rooms_below(name):
    below = {room for room in FLOOR if FLOOR[room] < FLOOR[top(name)]}
    assert inside(name) <= below | GROUND


@pytest.mark.parametrize("name", modules_of(*GROUND))
def test_the_ground_imports_nothing_from_above(name):
    assert outside(name) <= {"numpy"}
    assert inside(name) <= GROUND


def test_modules_import_each_other_in_no_circle():
    graph = {name: IMPORTS[name] & MODULES.keys() for name in MODULES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' -> '.join(error.args[1])}")


@pytest.mark.parametrize("name", modules_of("kernels"))
def test_kernels_import_numba_alone(name):
    assert outside(name) <= {"numpy", "numba", "llvmlite"}
    assert inside(name) == set()  # the cache would not see an edit there


@pytest.mark.parametrize("name", [n for n in MODULES if top(n) != "kernels"])
def test_numba_is_for_kernels_alone(name):
    assert not outside(name) & {"numba", "llvmlite"}


@pytest.mark.parametrize("name", modules_of("tasks", "cells", "sweepfile"))
def test_a_sweep_file_is_read_with_numpy_and_pydantic(name):
    # pydantic_core is pydantic's own; tomlkit, small, rewrites the file for --set.
    assert outside(name) <= {"numpy", "pydantic", "pydantic_core", "tomlkit"}


@pytest.mark.parametrize(
    ("package", "users"),
    [
        ("pandas", {"rnnsweep.tables.frames"}),
        ("matplotlib", set(modules_of("plots"))),
        ("torch", {name for name in modules_of("network") if ".torch_" in name}),
        ("distributed", {f"rnnsweep.execution.dask_{name}" for name in ("cluster", "worker")}),
        ("sklearn", {"rnnsweep.analysis.forest"}),
        ("tests", set()),
        ("benchmarks", set()),
    ],
)
def test_a_heavy_package_has_its_places(package, users):
    assert {name for name in MODULES if package in outside(name)} <= users


def test_nothing_imports_the_command_line():
    users = {name for name in MODULES if "rnnsweep.cli.main" in IMPORTS[name]}
    assert users == {"rnnsweep.__main__"}


@pytest.mark.parametrize("name", ["rnnsweep", "rnnsweep.sweepfile", "rnnsweep.cli.main"])
def test_what_answers_at_once_loads_nothing_heavy(name):
    code = f"import {name}, sys; print(*sorted({HEAVY} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == []
