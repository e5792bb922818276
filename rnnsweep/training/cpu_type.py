"""The type of CPU that kernels run on: on one type a trial's numbers are equal to the last bit.

Sums are taken in vectors, so that their width decides the order of additions, and a fused
multiply-add rounds once where two instructions round twice. Other instructions, such as those of
cryptography, change no number, nor did the name of the CPU alone. It is a part of the type because
LLVM may choose other loops for it. So is the version of numba, with which that of LLVM comes.
"""

from importlib.metadata import version

from rnnsweep.kernels.cpu import CPU_FEATURES, CPU_NAME, VECTOR_BYTES


def cpu_type(name: str, vector_bytes: int, features: str) -> str:
    """Return the type of a CPU, as in "znver4 512-bit numba-0.61.2".

    Parameters
    ----------
    name : str
        As LLVM calls it.
    vector_bytes : int
        Bytes of a vector register.
    features : str
        The instructions that LLVM may use, as in "+avx,+fma,-sha".
    """
    words = [name, f"{8 * vector_bytes}-bit"]
    allowed = features.split(",")
    if "+avx" in allowed and "+fma" not in allowed:
        words.append("no-fma")
    return " ".join([*words, f"numba-{version('numba')}"])


CPU_TYPE = cpu_type(CPU_NAME, VECTOR_BYTES, CPU_FEATURES)
