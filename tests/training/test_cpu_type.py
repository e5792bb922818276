"""The text that says on which type of CPU a trial was trained."""

import os
import subprocess
import sys

import numba
import pytest
from commandline import PATIENCE_S, ROOT

from rnnsweep.training.cpu_type import cpu_type


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("znver4", 64, "+avx,+avx512f,+fma,-sha"), "znver4 512-bit"),
        (("haswell", 32, "+avx,+fma"), "haswell 256-bit"),
        (("sandybridge", 32, "+avx,-fma"), "sandybridge 256-bit no-fma"),
        (("sandybridge", 32, "+avx,+fma4"), "sandybridge 256-bit no-fma"),
        (("generic", 16, ""), "generic 128-bit"),
        (("apple-m1", 16, "+neon"), "apple-m1 128-bit"),
    ],
)
def test_what_decides_the_last_bits_is_in_the_text(arguments, words):
    assert cpu_type(*arguments) == f"{words} numba-{numba.__version__}"


def test_the_type_is_that_of_the_machine_code():
    code = "from rnnsweep.training.cpu_type import CPU_TYPE; print(CPU_TYPE)"
    shown = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT), "NUMBA_CPU_NAME": "generic"},
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE_S,
        check=True,
    )
    assert shown.stdout == f"generic 128-bit numba-{numba.__version__}\n"
