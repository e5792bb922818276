"""The effective vector of a network whose recurrent matrices are constrained.

What is learned is one flat vector, whose layout is that of the params; kernels run the effective
vector, which has the recurrent matrices themselves (see `rnnsweep.kernels.constraints`). Without a
constraint both are one vector, the same memory.
"""

import numpy as np
from numpy.typing import NDArray

from rnnsweep.kernels import linking
from rnnsweep.kernels.constraints import Constraint, make_effective, take_gradient_back
from rnnsweep.kernels.weights import RECURRENT

from .buffers import empty_aligned
from .cost import constraint_work
from .layout import Sizes, flat_size, stack_starts
from .recurrent import FREE

Vector = NDArray[np.floating]


def make_constraint(sizes: Sizes, dtype: np.dtype[np.floating]) -> Constraint:
    """Return the constraint on a network's recurrent matrices, with its own work arrays."""
    recurrent, n_hidden = sizes.recurrent, sizes.hidden
    n_inverse = n_hidden**2 if recurrent.kind == "orthogonal" else 0
    return Constraint(
        *linking.constraint_of(recurrent.kind, dtype.name),
        start=int(stack_starts(sizes)[RECURRENT]),
        n_matrices=sizes.layers * len(sizes.program.products),
        n_hidden=n_hidden,
        n_excitatory=recurrent.n_excitatory(n_hidden),
        gamma=recurrent.antisymmetric_gamma,
        rank=recurrent.rank,
        work=empty_aligned(constraint_work(sizes), dtype),
        inverse=np.empty(n_inverse),
    )


def effective_like(learned: Vector, sizes: Sizes) -> Vector:
    """Return zeros for an effective vector; without a constraint, the learned vector itself."""
    if sizes.recurrent == FREE:
        return learned
    effective = empty_aligned(flat_size(sizes.effective), learned.dtype)
    effective[:] = 0
    return effective


def effective_of(learned: Vector, sizes: Sizes) -> Vector:
    """Return the effective vector of a learned one."""
    effective = effective_like(learned, sizes)
    if effective is not learned:
        make_effective(learned, effective, make_constraint(sizes, learned.dtype))
    return effective


def gradients_by_learned(
    learned: Vector, effective: Vector, by_effective: Vector, sizes: Sizes
) -> Vector:
    """Return the gradient by a learned vector from that by its effective one.

    `by_effective` is overwritten.
    """
    if effective is learned:
        return by_effective
    by_learned = np.empty_like(learned)
    constraint = make_constraint(sizes, learned.dtype)
    take_gradient_back(effective, learned, by_effective, by_learned, constraint)
    return by_learned
