"""Who may import whom: the walls of the house, read from the source."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import rnnsweep

ROOT = Path(rnnsweep.__file__).parent
HEAVY = {"numba", "llvmlite", "pandas", "scipy", "matplotlib", "torch"}


def module_name(path):
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(ROOT.rglob("*.py"))}


def is_type_checking(test):
    return ast.unparse(test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def nodes_that_run(node):
    """Walk all nodes but those that only a type checker sees."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and is_type_checking(child.test):
            for other in child.orelse:
                yield from (other, *nodes_that_run(other))
        else:
            yield from (child, *nodes_that_run(child))


def package_of(name):
    is_package = MODULES[name].name == "__init__.py"
    return name if is_package else name.rpartition(".")[0]


def imports(name):
    """Return the full names of what a module imports, at its top or inside a function."""
    found = set()
    for node in nodes_that_run(ast.parse(MODULES[name].read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                start = package_of(name).split(".")
                base = ".".join([*start[: len(start) - node.level + 1], *filter(None, [base])])
            for alias in node.names:
                full = f"{base}.{alias.name}"
                found.add(full if full in MODULES else base)
    return found


IMPORTS = {name: imports(name) for name in MODULES}


def top(name):
    """Return a layer: ``spec`` for rnnsweep.spec.load, the module itself for rnnsweep.cli."""
    return name.split(".")[1] if "." in name else ""


def outside(name):
    """Return the packages from elsewhere that a module imports, without the standard library."""
    roots = {other.split(".")[0] for other in IMPORTS[name]}
    return roots - set(sys.stdlib_module_names) - {"rnnsweep"}


def inside(name):
    """Return the layers of rnnsweep that a module imports, without its own."""
    layers = {top(other) for other in IMPORTS[name] if other.split(".")[0] == "rnnsweep"}
    return layers - {top(name)}


def modules_of(*layers):
    return [name for name in MODULES if top(name) in layers]


def test_the_reader_reads():
    # Each form of import, so that what follows cannot pass by seeing nothing.
    assert "rnnsweep.kernels.cpu" in IMPORTS["rnnsweep.kernels.cache"]  # from .cpu import ...
    assert "rnnsweep.errors" in IMPORTS["rnnsweep.spec.faults"]  # from rnnsweep.errors import ...
    assert "rnnsweep.kernels.training" not in IMPORTS["rnnsweep.kernels.losses"]
    assert "rnnsweep.vocabulary" in IMPORTS["rnnsweep.model"]  # from . import vocabulary
    assert "rnnsweep.kernels.training" in IMPORTS["rnnsweep.model"]  # a module by its name
    assert "rnnsweep.runner" in IMPORTS["rnnsweep.cli"]  # inside a function
    assert outside("rnnsweep.kernels.cache") == {"llvmlite", "numba", "numpy"}
    assert "pandas" in outside("rnnsweep.frames")
    tree = ast.parse("if TYPE_CHECKING:\n    import a\nelse:\n    import b")
    seen = [node.names[0].name for node in nodes_that_run(tree) if isinstance(node, ast.Import)]
    assert seen == ["b"]


@pytest.mark.parametrize("name", modules_of("kernels"))
def test_kernels_import_numba_alone(name):
    assert outside(name) <= {"numpy", "numba", "llvmlite"}
    assert inside(name) == set()  # the cache would not see an edit there


@pytest.mark.parametrize("name", [n for n in MODULES if top(n) != "kernels"])
def test_numba_is_for_kernels_alone(name):
    assert not outside(name) & {"numba", "llvmlite"}


@pytest.mark.parametrize("name", modules_of("vocabulary", "tasks", "spec"))
def test_a_sweep_file_is_read_with_numpy_and_pydantic(name):
    # pydantic_core is pydantic's own; tomlkit, small, rewrites the file for --set.
    assert outside(name) <= {"numpy", "pydantic", "pydantic_core", "tomlkit"}
    assert inside(name) <= {"errors", "precision", "recipes", "streams", "tasks", "vocabulary"}


@pytest.mark.parametrize(
    "name",
    modules_of("vocabulary", "streams", "errors", "recipes", "record", "params", "precision"),
)
def test_the_ground_floor_stands_alone(name):
    assert outside(name) <= {"numpy"}
    assert inside(name) == set()


def test_pandas_has_its_places():
    users = {top(name) for name in MODULES if "pandas" in outside(name)}
    assert users == {"frames"}


def test_matplotlib_is_for_plots_alone():
    assert {top(name) for name in MODULES if "matplotlib" in outside(name)} == {"plots"}


def test_nothing_imports_the_command_line():
    users = {name for name in MODULES if "rnnsweep.cli" in IMPORTS[name]}
    assert users == {"rnnsweep.__main__"}


def test_nothing_imports_tests_or_benchmarks():
    for name in MODULES:
        assert not outside(name) & {"tests", "benchmarks", "naive"}


def test_pytorch_is_for_modules_of_it_alone():
    users = {name for name in MODULES if "torch" in outside(name)}
    assert users == {"rnnsweep.torch_modules", "rnnsweep.torch_parts"}


@pytest.mark.parametrize("name", ["rnnsweep", "rnnsweep.spec", "rnnsweep.cli"])
def test_what_answers_at_once_loads_nothing_heavy(name):
    code = f"import {name}, sys; print(*sorted({HEAVY} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == []
