"""Wall time of whole commands, as a user runs them: python -m benchmarks.sweep.

Prints medians; each command runs in a new process and writes into a new folder. "Not compiled yet"
means that numba's cache is empty.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.commands import seconds_of

GRID = "sweeps/grid.toml"
FOUR_TRIALS = [
    *("--set", 'model.activation=["tanh", "relu"]', "--set", "model.hidden_size=8"),
    *("--set", "train.learning_rate=0.01", "--set", "seed=[0, 1]"),
]
# 48 settings, so 100,032 trials.
MANY_TRIALS = ["--set", "seed={from = 0, to = 2083, num = 2084}"]
WRONG_FILE = 2  # exit code


def main() -> None:
    """Print each median with its target."""
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        wrong = home / "wrong.toml"
        wrong.write_text(Path(GRID).read_text().replace("epochs", "epoch"))

        def four_trials(*more: str) -> Callable[[int], float]:
            def run(i: int) -> float:
                folder = home / f"{len(more)} {i}"
                arguments = ["run", GRID, *FOUR_TRIALS, "--results", str(folder), *more]
                return seconds_of("rnnsweep", arguments).wall

            return run

        def not_compiled(i: int) -> float:
            arguments = ["run", GRID, *FOUR_TRIALS, "--results", str(home / f"cold {i}")]
            return seconds_of("rnnsweep", arguments, {"NUMBA_CACHE_DIR": str(home / f"{i}")}).wall

        def command(*arguments: str, exit_code: int = 0) -> Callable[[int], float]:
            return lambda i: seconds_of("rnnsweep", [*arguments], exit_code=exit_code).wall

        four_trials()(-1)  # compiles the kernels if that was not done
        for name, call, n_rounds, target in (
            ("run of four trials, not compiled yet", not_compiled, 2, 8.0),
            ("run of four trials", four_trials(), 5, 2.0),
            ("run of four trials, --no-plots", four_trials("--no-plots"), 5, 1.2),
            ("--help", command("--help"), 5, 0.2),
            ("plan of 100,032 trials", command("plan", GRID, *MANY_TRIALS), 3, 3.0),
            (
                "a file with a mistyped key",
                command("run", str(wrong), exit_code=WRONG_FILE),
                5,
                0.5,
            ),
        ):
            seconds = median(call(i) for i in range(n_rounds))
            print(f"{name:38} {seconds:6.2f} s   (target: {target} s)", flush=True)


if __name__ == "__main__":
    main()
