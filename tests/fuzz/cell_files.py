"""Files of cells: read, and the way back derived where they are right."""

from commandline import ROOT

from rnnsweep.cells import CellError, emit, read_cell_file

from . import scratch

SEEDS = [path.read_bytes() for path in sorted((ROOT / "rnnsweep" / "cells").glob("*.toml"))]


def target(content):
    path = scratch.folder() / "cell.toml"
    path.write_bytes(content)
    try:
        cell = read_cell_file(path)
    except CellError as error:
        scratch.check_message(str(error))
        return
    compile(emit.source(cell), "a cell", "exec")
