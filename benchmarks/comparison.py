"""Times of whole sweeps in rnnsweep, PyTorch and JAX: python -m benchmarks.comparison [--write].

Wall time of whole commands: start, training, evaluation after each epoch, results written; for
rnnsweep also its store, tables and pictures, for the others a file of the losses. Two cores each.

cold     a fresh process, and nothing compiled before
warm     a fresh process, compiled before (numba's cache, JAX's persistent cache)

JAX has one more row, for training all trials again in the same process, which neither starts nor
compiles. PyTorch compiles nothing: its one run is both cold and warm. On the large grid it trains
a random sample, and its training time is multiplied up. All programs train the same trials from
the same parameters, data and orders, and `agreement` fails if their losses say otherwise. --write
puts the table and the picture where docs/performance.md shows them.
"""

import argparse
import sys
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import rnnsweep
from benchmarks.agreement import AT_THE_END, FIRST_EPOCH, compare
from benchmarks.commands import Seconds, seconds_of
from benchmarks.comparison_picture import draw
from benchmarks.comparison_records import Case, Comparison, Row
from benchmarks.peers import problem
from rnnsweep.execution.environment import environment, usable_cores
from rnnsweep.plots.style import save

PAGE = Path("docs/performance.md")
PICTURE = Path("docs/pictures/comparison.png")
PICTURE_TEXT = "Wall time of two sweeps in rnnsweep, PyTorch and JAX"
BEGIN, END = "<!-- comparison -->", "<!-- /comparison -->"
N_WARM = 3


CASES = (
    Case("default grid", "sweeps/grid.toml"),
    Case("large grid", "benchmarks/large.toml", torch_sample=192),
)


def _own(case: Case, scratch: Path) -> tuple[Row, list[problem.Result]]:
    """Measure rnnsweep; return its row, and the results of its trials."""

    def run(name: str) -> Seconds:
        folder = scratch / f"{case.name} {name}"
        arguments = ["run", case.path, *case.sets, "--results", str(folder)]
        return seconds_of(
            "rnnsweep", arguments, {"NUMBA_CACHE_DIR": str(scratch / f"numba {case.name}")}
        )

    cold = run("cold")
    warm = [run(f"warm {i}") for i in range(N_WARM)]
    row = Row(
        "rnnsweep",
        cold.wall,
        median(seconds.wall for seconds in warm),
        median(seconds.cpu for seconds in warm),
        "with store, tables and pictures",
    )
    return row, own_results(scratch / f"{case.name} cold")


def own_results(folder: Path) -> list[problem.Result]:
    """Return the results of the trials in a results folder."""
    loaded = rnnsweep.load(folder)
    epochs = loaded.epochs
    first = epochs[epochs.epoch == 0].set_index("trial_id").val_loss
    return [
        problem.Result(
            trial.trial_id,
            float(first[trial.trial_id]),
            float(trial.best_val_loss),
            float(trial.test_loss),
            trial.status == "diverged",
        )
        for trial in loaded.trials.itertuples()
    ]


def _torch(case: Case, scratch: Path) -> tuple[list[Row], list[problem.Result]]:
    """Measure PyTorch, on a sample of the trials where the case says so."""
    file = scratch / "torch.json"
    sample = ["--sample", str(case.torch_sample)] if case.torch_sample else []
    arguments = [case.path, str(file), *case.sets, *sample]
    whole = seconds_of("benchmarks.peers.torch_sweep", arguments)
    results, (training,) = problem.read(file)
    if len(results) == case.n_trials:
        return [Row("PyTorch", whole.wall, whole.wall, whole.cpu)], results
    wall = whole.wall + (case.n_trials / len(results) - 1) * training
    note = f"training time of {len(results)} trials drawn at random, multiplied up"
    return [Row("PyTorch", wall, wall, None, note)], results


def _jax(case: Case, scratch: Path) -> tuple[list[Row], list[problem.Result]]:
    """Measure JAX."""
    file = scratch / "jax.json"
    arguments = [case.path, str(file), *case.sets, "--cache", str(scratch / f"jax {case.name}")]
    cold = seconds_of("benchmarks.peers.jax_sweep", [*arguments, "--times", "2"])
    results, (_, again) = problem.read(file)
    warm = seconds_of("benchmarks.peers.jax_sweep", arguments)
    return [
        Row("JAX", cold.wall - again, warm.wall, warm.cpu),
        Row("JAX, again", None, again, None, "in the same process: neither start nor compilation"),
    ], results


PEERS = {"torch": _torch, "jax": _jax}


def compare_on(case: Case, scratch: Path, peers: list[str]) -> Comparison:
    """Measure the programs on a sweep.

    Raises
    ------
    Disagreement
        If their losses do not agree.
    """
    print(f"measuring the {case.name}", file=sys.stderr)
    own, results = _own(case, scratch)
    rows, agreements = [own], {}
    for name in peers:
        measured, others = PEERS[name](case, scratch)
        rows += measured
        program = measured[0].program
        agreements[program] = compare(results, others, program)
    return Comparison(case, rows, agreements)


def table(comparisons: list[Comparison], peers: list[str]) -> str:
    """Return what was measured as Markdown."""
    machine = environment(usable_cores())
    versions = f"Python {machine['python']}, " + ", ".join(
        f"{name} {version(name)}" for name in ("numba", "numpy", *peers)
    )
    lines = [
        f"{machine['cpu']}, {machine['usable_cores']} cores; {versions}. Seconds of wall time of",
        "whole commands, each in a new process; cold: nothing was compiled before, warm: all was.",
        "",
        "| sweep | program | cold | warm | warm, CPU | times rnnsweep, warm | |",
        "|---|---|---|---|---|---|---|",
    ]
    for comparison in comparisons:
        sweep = f"{comparison.case.name}, {comparison.case.n_trials:,} trials"
        for row in comparison.rows:
            cold, warm, cpu = (
                "" if seconds is None else f"{seconds:.1f}"
                for seconds in (row.cold, row.warm, row.cpu)
            )
            cells = (sweep, row.program, cold, warm, cpu, f"{comparison.times(row):.1f}", row.note)
            lines.append(f"| {' | '.join(cells)} |")
            sweep = ""
    lines += [
        "",
        "All start from the same parameters, data and orders. Trials with one outcome:",
        "",
        f"| sweep | program | trials | diverged or not | after an epoch, within {FIRST_EPOCH:g} "
        f"| at the end, within {AT_THE_END:g} | the others, standard errors from it |",
        "|---|---|---|---|---|---|---|",
    ]
    for comparison in comparisons:
        for program, agreement in comparison.agreements.items():
            n, *shares, deviation = agreement
            cells = (
                *(comparison.case.name, program, str(n)),
                *(f"{share:.1%}" for share in shares),
                f"{deviation:+.1f}",
            )
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def write(text: str, comparisons: list[Comparison]) -> None:
    """Draw the picture, and put it and the table into the page."""
    page = PAGE.read_text(encoding="utf-8")
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise RuntimeError(f"{PAGE} has no lines {BEGIN} and {END}")
    save(draw(comparisons), PICTURE)
    picture = f"![{PICTURE_TEXT}](pictures/{PICTURE.name})"
    PAGE.write_text(
        f"{before}{begin}\n{text}\n\n{picture}\n{end}{after}",
        encoding="utf-8",
    )


def main() -> None:
    """Measure and print; with --write, update the page and the picture."""
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--write", action="store_true", help=f"rewrite {PAGE} and {PICTURE}")
    options = parser.parse_args()
    peers = [name for name in PEERS if find_spec(name)]
    if missing := sorted(PEERS.keys() - peers):
        print(f"left out, not installed: {', '.join(missing)}", file=sys.stderr)
        if options.write:
            sys.exit(f"nothing is written to {PAGE} without them")
    with tempfile.TemporaryDirectory() as scratch:
        comparisons = [compare_on(case, Path(scratch), peers) for case in CASES]
    text = table(comparisons, peers)
    print(text)
    if options.write:
        write(text, comparisons)


if __name__ == "__main__":
    main()
