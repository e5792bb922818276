"""What a cell that is new here adds to a run: python -m benchmarks.derived [CELL ...].

Seconds that a sweep of one short trial takes with a cell that was never compiled, and with the same
cell again, each less the seconds with the built-in `rnn`, whose kernels are there. A new cell is a
built-in one whose state is multiplied by another number in each round. Medians of whole commands,
each in a new process. In the first run the cell is derived, checked and compiled; the goals are 4 s
and 0.3 s.
"""

import argparse
import re
import tempfile
from pathlib import Path
from statistics import median

import rnnsweep.cells
from benchmarks.commands import seconds_of
from rnnsweep.cells import CELLS

N_ROUNDS = 5
NAMES = ("ugrnn", "lstm_peephole", "lem")
SWEEP = """
[task]
name = "adding"
seq_len = 8
n_train = 64
n_val = 32
n_test = 32

[model]
cell = "{cell}"
hidden_size = 8

[train]
learning_rate = 0.01
epochs = 2
"""


def new_cell(name: str, factor: float) -> str:
    """Return the file of a built-in cell with the state that is read multiplied by a number."""
    text = (Path(rnnsweep.cells.__file__).parent / f"{name}.toml").read_text("utf-8")
    state = CELLS[name].states[0]
    changed, n = re.subn(
        rf"^{state} = (.*)$", rf"{state} = {factor} * (\1)", text, flags=re.MULTILINE
    )
    assert n == 1
    return changed


class Runs:
    """Runs of the sweep in one folder, with a cache of kernels that only they use."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._n = 0

    def seconds(self, cell: str) -> float:
        """Return the wall time of a run with a cell, a word or a file in the folder."""
        self._n += 1
        sweep = self._home / "sweep.toml"
        sweep.write_text(SWEEP.format(cell=cell))
        arguments = ["run", str(sweep), "--results", str(self._home / f"results {self._n}")]
        kernels = {"NUMBA_CACHE_DIR": str(self._home / "kernels")}
        return seconds_of("rnnsweep", [*arguments, "--no-plots"], kernels).wall

    def added(self, name: str) -> tuple[float, float]:
        """Return the seconds that a cell adds to its first and to its second run."""
        first, second, builtin = [], [], []
        for _ in range(N_ROUNDS):
            file = self._home / "new.toml"
            file.write_text(new_cell(name, 1 - 1e-4 * self._n))
            first.append(self.seconds(file.name))
            second.append(self.seconds(file.name))
            builtin.append(self.seconds("rnn"))
        base = median(builtin)
        return median(first) - base, median(second) - base


def main() -> None:
    """Print a line for each cell."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("cells", nargs="*", metavar="CELL", default=NAMES)
    names = parser.parse_args().cells
    if unknown := set(names) - set(CELLS):
        parser.error(f"no cell {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory() as folder:
        runs = Runs(Path(folder))
        runs.seconds("rnn")  # compiles what all cells share
        for name in names:
            first, second = runs.added(name)
            print(f"{name:25} first run: {first:5.2f} s   second run: {second:5.2f} s", flush=True)


if __name__ == "__main__":
    main()
