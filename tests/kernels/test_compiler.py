"""Loops of kernels use the full width of the vector registers."""

import re

import numpy as np
import pytest
from numba import config, njit

from rnnsweep.kernels.cpu import VECTOR_BYTES
from rnnsweep.kernels.flags import ENTRY

pytestmark = pytest.mark.skipif(config.DISABLE_JIT, reason="interpreted: no machine code")


@njit(**ENTRY)
def scale(z):
    for i in range(z.size):
        z[i] = z[i] * z[i]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_loop_takes_full_vectors(dtype):
    z = np.arange(100, dtype=dtype)
    scale(z)
    np.testing.assert_array_equal(z, np.arange(100, dtype=dtype) ** 2)
    (signature,) = [s for s in scale.signatures if s[0].dtype.name == np.dtype(dtype).name]
    code = scale.inspect_llvm(signature)
    assert f'"prefer-vector-width"="{8 * VECTOR_BYTES}"' in code
    lanes = {int(n) for n in re.findall(r"fmul[a-z ]* <(\d+) x (?:float|double)>", code)}
    assert max(lanes) == VECTOR_BYTES // np.dtype(dtype).itemsize
