"""Compile flags that every kernel shares, and the CPU features that they compile for.

`fastmath=True` promises LLVM that there are no NaNs, and networks do diverge: a clamped tanh
of NaN came out as -1, so a diverged network looked healthy. Neither set holds `nnan`, `ninf`
or `nsz`. Flags leak from a caller into a callee that sets none (numba issue 7168), so every
kernel sets one of the two.
"""

from typing import Any

import numba
import numpy as np
from llvmlite import binding as llvm
from numpy.typing import NDArray

Array = NDArray[np.floating]

config: Any = numba.config  # its names are set at import time, where no type checker sees them

# Set by NUMBA_CPU_FEATURES, else the host's own.
CPU_NAME: str = config.CPU_NAME or llvm.get_host_cpu_name()
CPU_FEATURES: str = config.CPU_FEATURES
if CPU_FEATURES is None:
    CPU_FEATURES = llvm.get_host_cpu_features().flatten()

# Elementwise arithmetic: the order of operations stays as written. Range reductions rely on it
# (exp lost 29 ulp to `reassoc`).
UNCACHED: Any = {"nogil": True, "error_model": "numpy", "fastmath": {"contract"}, "_nrt": False}
ELEMENTWISE: dict[str, Any] = UNCACHED | {"cache": True}

# A part of its callers, inlined before LLVM sees it. LLVM optimises every compiled function
# again inside each function that calls it, so nesting adds up: the first compile of a training
# took 14 s with every function compiled by itself, 7 s this way. A part is compiled with its
# caller's flags: one that relies on the order of operations has no place in a REDUCTION.
PART: dict[str, Any] = ELEMENTWISE | {"inline": "always"}

# Sums and norms: reassociated, so that they vectorise.
REDUCTION: dict[str, Any] = ELEMENTWISE | {"fastmath": {"contract", "reassoc"}}
