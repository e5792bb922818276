"""Whole commands as a user runs them, in seconds of wall time: python -m benchmarks.sweep."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

N_ROUNDS = 5
GRID = "sweeps/grid.toml"


def seconds(arguments: list[str], environment: dict[str, str] | None = None) -> float:
    """Return the wall time of one command."""
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "rnnsweep", *arguments],
        capture_output=True,
        check=False,
        env=os.environ | (environment or {}),
    )
    return time.perf_counter() - start


def main() -> None:
    """Print the medians."""
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch)
        wrong = fresh / "wrong.toml"
        wrong.write_text(Path(GRID).read_text().replace("epochs", "epoch"))

        def grid(i: int, cache: str = "") -> float:
            environment = {"NUMBA_CACHE_DIR": cache} if cache else None
            results = fresh / f"grid-{i}-{bool(cache)}"
            return seconds(["run", GRID, "--results", str(results)], environment)

        grid(-1)
        compiled = [grid(i) for i in range(N_ROUNDS)]
        uncompiled = [grid(i, str(fresh / f"cache-{i}")) for i in range(3)]
        shown = [seconds(["--help"]) for _ in range(N_ROUNDS)]
        refused = [seconds(["run", str(wrong)]) for _ in range(N_ROUNDS)]
    print(f"run {GRID}, kernels compiled   {median(compiled):6.2f} s   (target 15)")
    print(f"run {GRID}, not compiled yet   {median(uncompiled):6.2f} s   (target 30)")
    print(f"--help                               {median(shown):6.2f} s   (target 0.5)")
    print(f"run of a file with a typing error    {median(refused):6.2f} s   (target 0.5)")


if __name__ == "__main__":
    main()
