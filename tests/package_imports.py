"""Which module of rnnsweep imports which, read from the source; for tests and for `make docs`."""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1] / "rnnsweep"


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
    names = set()
    for node in nodes_that_run(ast.parse(MODULES[name].read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                start = package_of(name).split(".")
                base = ".".join([*start[: len(start) - node.level + 1], *filter(None, [base])])
            for alias in node.names:
                full = f"{base}.{alias.name}"
                names.add(full if full in MODULES else base)
    return names


IMPORTS = {name: imports(name) for name in MODULES}


def top(name):
    """Return a layer: ``store`` for rnnsweep.store.folder, ``errors`` for rnnsweep.errors."""
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
