"""Benchmarks import each other in no circle."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import benchmarks

ROOT = Path(benchmarks.__file__).parents[1]
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): path
    for path in (ROOT / "benchmarks").rglob("*.py")
}


def imports(path):
    """Return the full names that a file imports, under an `if TYPE_CHECKING` as well."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def test_benchmarks_import_each_other_in_no_circle():
    graph = {name: imports(path) & MODULES.keys() for name, path in MODULES.items()}
    assert "benchmarks.comparison_records" in graph["benchmarks.comparison_picture"]
    TopologicalSorter(graph).prepare()
