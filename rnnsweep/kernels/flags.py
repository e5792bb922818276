"""Compile flags that kernels share.

`fastmath=True` promises LLVM that there are no NaNs, and networks do diverge: a clamped tanh
of NaN came out as -1, so a diverged network looked healthy. Neither set of flags contains `nnan`,
`ninf` or `nsz`. Flags leak from a caller into a callee that sets none (numba issue 7168), so every
kernel sets one of the two.

None of these flags keeps machine code on disk. That is done for what is called at run time: the
functions of `apart.py` and `entries.py`, whose machine code contains all that they call.
"""

from typing import Any

from numpy.typing import NDArray

from .compiler import FullWidthCompiler

Array = NDArray[Any]

# Elementwise arithmetic: the order of operations stays as written. Range reductions rely on it
# (exp lost 29 ulp to `reassoc`). No reference counts, and no way in from Python: both are compiled
# code that no kernel needs (`_nrt`: else a slice counts references, an atomic operation).
UNCACHED: Any = {
    "pipeline_class": FullWidthCompiler,
    "nogil": True,
    "error_model": "numpy",
    "fastmath": {"contract"},
    "_nrt": False,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}
# Left as calls, larger functions cost: a loop around one stays scalar (float64 `normal`: 9 ns an
# element), and one with 130 numbers in its arguments takes 0.1 us a call.
INLINED: Any = UNCACHED | {"forceinline": True}
# Sums and norms: reassociated, so that they vectorise.
UNCACHED_REDUCTION: Any = UNCACHED | {"fastmath": {"contract", "reassoc"}}
# A kernel that Python calls.
ENTRY: Any = UNCACHED | {"no_cpython_wrapper": False}
