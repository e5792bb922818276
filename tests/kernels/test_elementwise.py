"""Access to numbered arrays: the right elements, and loops that are vectorised without checks."""

import re

import numpy as np
import pytest
from numba import config, njit

from rnnsweep.kernels.elementwise import N_MARKS, array, load, store
from rnnsweep.kernels.flags import UNCACHED
from rnnsweep.vocabulary import DTYPES

N_MANY = 24  # arrays of a loop, more than LLVM is ready to check
JITTED = UNCACHED | {"no_cpython_wrapper": False}

jitted = pytest.mark.skipif(config.DISABLE_JIT, reason="interpreted: nothing is compiled")


def loop_over(n_arrays, read, write):
    """Return a kernel in which the last of some arrays becomes the sum of the others."""
    lines = ["def add_up(memory, at, size):"]
    lines += [f"    a{n} = array(memory, at, {n}, 0, size)" for n in range(n_arrays)]
    lines += ["    for k in range(size):", "        total = memory.dtype.type(0)"]
    lines += [f"        total += {read(n)}" for n in range(n_arrays - 1)]
    lines += [f"        {write(n_arrays - 1)}"]
    names = {"array": array, "load": load, "store": store}
    exec("\n".join(lines), names)
    return njit(**JITTED)(names["add_up"])


def marked(n_arrays):
    return loop_over(
        n_arrays, lambda n: f"load({n}, a{n}, k)", lambda n: f"store({n}, a{n}, k, total)"
    )


def plain(n_arrays):
    return loop_over(n_arrays, lambda n: f"a{n}[k]", lambda n: f"a{n}[k] = total")


def arguments(n_arrays, size, dtype):
    memory = np.arange(n_arrays * size, dtype=dtype)
    starts = np.arange(n_arrays + 1) * size
    return memory, np.concatenate([starts[:-1], starts[1:]]), size


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n_arrays", [2, N_MANY])
def test_elements_are_those_of_the_array(n_arrays, dtype):
    kernel = marked(n_arrays)
    for size in (0, 1, 7, 33):
        memory, at, size = arguments(n_arrays, size, dtype)
        want = memory.reshape(n_arrays, size).copy()
        want[-1] = want[:-1].sum(axis=0)
        kernel(memory, at, size)
        np.testing.assert_array_equal(memory.reshape(n_arrays, size), want)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_value_is_stored_in_the_array_s_precision(dtype):
    @njit(**JITTED)
    def set_all(values, value):
        for k in range(values.size):
            store(0, values, k, value)

    values = np.zeros(5, dtype)
    set_all(values, 0.1)
    np.testing.assert_array_equal(values, np.full(5, 0.1, dtype))
    set_all(values, 3)
    np.testing.assert_array_equal(values, np.full(5, 3, dtype))


def instructions(kernel, dtype):
    """Return LLVM's instructions of a kernel that sums `N_MANY` arrays."""
    kernel(*arguments(N_MANY, 64, dtype))
    (text,) = kernel.inspect_llvm().values()
    return text


@jitted
@pytest.mark.parametrize(("dtype", "name"), [("float32", "float"), ("float64", "double")])
def test_a_loop_over_many_arrays_is_vectorised_without_checks(dtype, name):
    vector_sum = re.compile(rf"fadd .*<\d+ x {name}>")
    text = instructions(marked(N_MANY), dtype)
    assert vector_sum.search(text)
    assert "vector.memcheck" not in text
    # Without the marks there are checks, or no vectors.
    text = instructions(plain(N_MANY), dtype)
    assert "vector.memcheck" in text or not vector_sum.search(text)


@pytest.mark.parametrize("dtype", DTYPES)
def test_arrays_with_one_mark_may_overlap(dtype):
    @njit(**JITTED)
    def count(values, next_values):
        for k in range(values.size):
            store(N_MARKS, next_values, k, load(0, values, k) + values.dtype.type(1))

    values = np.zeros(100, dtype)
    count(values[:-1], values[1:])
    np.testing.assert_array_equal(values, np.arange(100))
