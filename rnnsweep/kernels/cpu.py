"""The CPU that kernels are compiled for, and numba's configuration."""

from typing import Any

import numba
from llvmlite import binding as llvm

config: Any = numba.config  # its names are set at import time, where no type checker sees them

# Set by NUMBA_CPU_NAME and NUMBA_CPU_FEATURES, else the host's own.
CPU_NAME: str = config.CPU_NAME or llvm.get_host_cpu_name()
CPU_FEATURES: str = config.CPU_FEATURES
if CPU_FEATURES is None:
    CPU_FEATURES = llvm.get_host_cpu_features().flatten()


def _vector_bytes() -> int:
    if "+avx512f" in CPU_FEATURES:
        return 64
    return 32 if "+avx" in CPU_FEATURES else 16


# Bytes of a vector register.
VECTOR_BYTES = _vector_bytes()
