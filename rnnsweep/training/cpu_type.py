"""The type of CPU that kernels run on: on one type a trial's numbers are equal to the last bit.

Sums are taken in vectors, so that their width decides the order of additions, and a fused
multiply-add rounds once where two instructions round twice. Other instructions, such as those of
cryptography, change no number, nor did the name of the CPU alone. It is a part of the type because
LLVM may choose other loops for it. So is the version of numba, with which that of LLVM comes.
"""

from importlib.metadata import version

from rnnsweep.kernels.cpu import CPU_FEATURES, CPU_NAME, VECTOR_BYTES


def _cpu_type() -> str:
    words = [CPU_NAME, f"{8 * VECTOR_BYTES}-bit", f"numba-{version('numba')}"]
    if "+avx" in CPU_FEATURES and "+fma" not in CPU_FEATURES:
        words.insert(2, "no-fma")
    return " ".join(words)


# As in "znver4 512-bit numba-0.61.2".
CPU_TYPE = _cpu_type()
