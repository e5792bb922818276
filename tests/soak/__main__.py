"""The long form: ``make soak N=1000`` kills runs so many times and prints what came of it.

A life is one sweep that is killed up to seven times, at a random moment, in a random phase, or at a
random system call (if strace is there), and goes on each time. What a faulty life left stays in the
folder.
"""

import argparse
import sys
import time
from contextlib import suppress
from pathlib import Path
from random import Random
from tempfile import mkdtemp

from rnnsweep.kernels.cpu import CPU_NAME

from .killing import Soak

_KILLS_A_LIFE = 7


def main() -> int:
    """Kill runs, and return 1 if anything was lost, trained twice, left behind or different."""
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("kills", type=int, help="how many kills")
    parser.add_argument("--seed", type=int, default=0, help="of the moments; default 0")
    parser.add_argument("--executor", default="threads", help="of the runs; default threads")
    parser.add_argument("--folder", type=Path, help="where; default a temporary one")
    arguments = parser.parse_args()
    folder = arguments.folder or Path(mkdtemp(prefix="rnnsweep-soak-"))
    soak = Soak(folder, Random(arguments.seed), arguments.executor)
    start = time.monotonic()
    figures = soak.figures
    with suppress(KeyboardInterrupt):  # Ctrl-C shows the figures up to here
        while figures.kills.total() < arguments.kills:
            soak.live(min(_KILLS_A_LIFE, arguments.kills - figures.kills.total()))
            faults = figures.lost + figures.trained_twice + len(figures.faults)
            print(f"{figures.kills.total()} kills, {faults} faults", file=sys.stderr)
    print(f"CPU {CPU_NAME}, executor {arguments.executor}, seed {arguments.seed}")
    print(f"{figures.kills.total()} kills in {figures.runs} runs, {time.monotonic() - start:.0f} s")
    for phase, number in sorted(figures.kills.items()):
        print(f"  {phase}: {number}")
    print(f"{figures.trials} trials: {figures.lost} lost, {figures.trained_twice} trained twice")
    print(f"{len(figures.faults)} lives with other results or files than an undisturbed run")
    for fault in figures.faults:
        print(f"  {fault}")
    return int(bool(figures.lost or figures.trained_twice or figures.faults))


if __name__ == "__main__":
    sys.exit(main())
