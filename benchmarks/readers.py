"""Time the commands that read a results folder: `python -m benchmarks.readers RESULTS`.

Each runs in a process of its own, whose largest memory is shown. `benchmarks.driver` makes large
folders.
"""

import argparse
from pathlib import Path

from benchmarks.commands import usage_of

COMMANDS = (
    ("status", "{results}"),
    ("summary", "{results}", "--top", "5"),
    ("plot", "{results}"),
    ("plan", "{sweep}", "--results", "{results}"),
    ("run", "{sweep}", "--results", "{results}", "--no-plots"),
)


def main() -> None:
    """Print the seconds and the memory of each command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    results = parser.parse_args().results
    # The file with the overrides of its run, so that `run` has nothing to train.
    places = {"results": results, "sweep": results / "sweep.toml"}
    for name, *words in COMMANDS:
        usage = usage_of("rnnsweep", [name, *(word.format(**places) for word in words)])
        failure = f"exit code {usage.exit_code}: {usage.stderr}" if usage.exit_code else ""
        print(
            f"{name:10} {usage.wall_s:8.1f} s {usage.cpu_s:8.1f} s of CPU "
            f"{usage.peak_mb:8.0f} MB {failure}",
            flush=True,
        )


if __name__ == "__main__":
    main()
