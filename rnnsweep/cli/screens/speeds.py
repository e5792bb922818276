"""The screen of `bench`: how fast networks train on this machine."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from rich import box
from rich.table import Table

from rnnsweep.execution.bench import Shape, Speed, Stress
from rnnsweep.execution.progress import counted

from .console import make_console

_VERSIONS = ("rnnsweep", "python", "numba", "numpy")


def print_speeds(
    speeds: Sequence[Speed],
    stress: Sequence[Stress],
    dtype: str,
    shape: Shape,
    machine: Mapping[str, Any],
) -> None:
    """Show how fast networks train."""
    console = make_console()
    cores = counted(machine["usable_cores"], "core")
    console.print(f"{machine['cpu']}, kernels compiled for {machine['compiled_for']}")
    versions = ", ".join(f"{name} {machine[name]}" for name in _VERSIONS)
    console.print(f"{versions}, {machine['blas']}")
    console.print(
        f"one thread of {cores}, {dtype}, batches of {counted(shape.batch_size, 'sequence')} "
        f"of {counted(shape.seq_len, 'time step')}, {counted(shape.input_size, 'input')}, "
        f"{counted(shape.output_size, 'output')}"
    )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("cell")
    for heading in ("H", "us a step", "sequences a second", "share"):
        table.add_column(heading, justify="right")
    for speed in speeds:
        table.add_row(
            speed.cell,
            str(speed.hidden_size),
            _micros_text(speed.step_s),
            f"{speed.sequences_per_s:,.0f}",
            f"{speed.share:.2f}" if speed.share >= 0.1 else f"{speed.share:.2g}",
        )
    console.print(table)
    rate = np.median([speed.dot_flops_per_s for speed in speeds]) / 1e9
    console.print(
        "A step: forward, backpropagation through time, clipped SGD. Its share: its matrix "
        "products a second over what a 1024 x 1024 np.dot does on this thread, "
        f"{rate:.3g} GFLOP/s."
    )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for heading in ("case", "cell"):
        table.add_column(heading)
    for heading in ("T", "us a step", "times"):
        table.add_column(heading, justify="right")
    for row in stress:
        table.add_row(
            row.case,
            row.cell,
            str(row.seq_len),
            _micros_text(row.step_s),
            f"{row.times_healthy:.2f}",
        )
    console.print(table)
    console.print(
        f"Steps with {stress[0].hidden_size} hidden units in which gradients vanish: over long "
        "sequences, or since all units are saturated. Times: how many times as long a time step "
        "takes as in a healthy network. Far above 1, this processor is slow on subnormal numbers, "
        "and they are not flushed to zero."
    )


def _micros_text(seconds: float) -> str:
    micros = seconds * 1e6
    return f"{micros:,.0f}" if micros >= 100 else f"{micros:.3g}"
