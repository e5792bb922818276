"""Constraints on the recurrent matrices: what is learned, and the matrix W that it makes.

A constrained network has two flat vectors. The learned one is what the optimizer changes; the
effective one has the layout of a network without a constraint, and is what the forward and the
backward pass use. A constraint is two functions of these vectors: one writes the effective vector,
the other takes the gradient by it back to the learned one (the chain rule). All other parameters
are the same in both, and are copied. Without a constraint the two vectors are one.

To add a constraint, write the two functions with the arguments of `constrain` and `pull_back` and
declare them in `CONSTRAINTS`. Its word has a line in `rnnsweep.vocabulary`, and its start is in
`rnnsweep.network.initialization`.
"""

from typing import NamedTuple

from numba import njit

from .apart import Apart, apart, call
from .arrays import DoubleVector, RealVector
from .cayley import cayley, cayley_gradient
from .entries import entry
from .flags import UNCACHED
from .loops import copy, transpose
from .products import product, transposed_product
from .subnormals import flush_subnormals, restore_mode
from .views import flat, table


class Constraint(NamedTuple):
    """The constraint on a network's recurrent matrices; without one, both addresses are 0.

    The matrices, (H, H) each, lie one after another in the effective vector, from `start` on. What
    is learned in their place begins at `start` of the learned vector: as many matrices V (H, H),
    or, for "low_rank", all left factors (H, rank) and after them all right factors (rank, H).
    """

    constrain: int  # address
    pull_back: int  # address
    multiply: int  # address of `products.multiply`
    start: int
    n_matrices: int
    n_hidden: int
    n_excitatory: int  # dale
    gamma: float  # antisymmetric
    rank: int  # low_rank
    work: RealVector  # (2 H H,)
    inverse: DoubleVector  # (H H,)


class Functions(NamedTuple):
    """The two functions of a kind of constraint."""

    constrain: Apart
    pull_back: Apart


def constrain(learned: RealVector, effective: RealVector, constraint: Constraint) -> None:
    """Have the arguments of every function that writes the effective vector; no other use."""


def pull_back(
    effective: RealVector,
    learned: RealVector,
    by_effective: RealVector,
    by_learned: RealVector,
    constraint: Constraint,
) -> None:
    """Have the arguments of every function that takes a gradient back; no other use.

    Parameters
    ----------
    effective, learned : (P',), (P,)
    by_effective : (P',)
        The gradient by the effective vector; the part of the recurrent matrices is overwritten.
    by_learned : (P,)
        Gets the gradient by the learned vector.
    """


@njit(**UNCACHED)
def copy_others(source, target, start, end):
    """Copy all but the recurrent matrices, which end at `end` of `source`, to another vector."""
    n_after = source.size - end
    copy(flat(source, 0, start), target)
    copy(flat(source, end, n_after), flat(target, target.size - n_after, n_after))


@njit(**UNCACHED)
def square_at(constraint, number):
    """Return where matrix `number` begins in a vector of square matrices; the last one's end."""
    return constraint.start + number * constraint.n_hidden * constraint.n_hidden


@njit(**UNCACHED)
def factor_at(constraint, number):
    """Return where factor `number` begins: the left ones come first, then the right ones."""
    return constraint.start + number * constraint.n_hidden * constraint.rank


@apart
def constrain_dale(learned: RealVector, effective: RealVector, constraint: Constraint) -> None:
    """Write W_jk = s_j |V_jk|, s_j = 1 for the first `n_excitatory` units, then -1 (Dale's law)."""
    n, n_matrices = constraint.n_hidden, constraint.n_matrices
    copy_others(learned, effective, constraint.start, square_at(constraint, n_matrices))
    for number in range(n_matrices):
        at = square_at(constraint, number)
        v, w = table(learned, at, n, n), table(effective, at, n, n)
        for j in range(n):
            sign = v.dtype.type(1.0 if j < constraint.n_excitatory else -1.0)
            for k in range(n):
                w[j, k] = sign * abs(v[j, k])


@apart
def pull_back_dale(
    effective: RealVector,
    learned: RealVector,
    by_effective: RealVector,
    by_learned: RealVector,
    constraint: Constraint,
) -> None:
    """Write s_j sign(V_jk) G_jk, where G is the gradient by W; sign(0) is 0."""
    n, n_matrices = constraint.n_hidden, constraint.n_matrices
    copy_others(by_effective, by_learned, constraint.start, square_at(constraint, n_matrices))
    for number in range(n_matrices):
        at = square_at(constraint, number)
        v = table(learned, at, n, n)
        by_w, by_v = table(by_effective, at, n, n), table(by_learned, at, n, n)
        zero = v.dtype.type(0.0)
        for j in range(n):
            sign = v.dtype.type(1.0 if j < constraint.n_excitatory else -1.0)
            for k in range(n):
                slope = sign if v[j, k] > zero else zero
                slope = -sign if v[j, k] < zero else slope
                by_v[j, k] = slope * by_w[j, k]


@apart
def constrain_antisymmetric(
    learned: RealVector, effective: RealVector, constraint: Constraint
) -> None:
    """Write W = V - V^T - gamma I (Chang et al. 2019, eq. 9)."""
    n, n_matrices = constraint.n_hidden, constraint.n_matrices
    copy_others(learned, effective, constraint.start, square_at(constraint, n_matrices))
    for number in range(n_matrices):
        at = square_at(constraint, number)
        v, w = table(learned, at, n, n), table(effective, at, n, n)
        gamma = v.dtype.type(constraint.gamma)
        for j in range(n):
            for k in range(n):
                w[j, k] = v[j, k] - v[k, j]
            w[j, j] -= gamma


@apart
def pull_back_antisymmetric(
    effective: RealVector,
    learned: RealVector,
    by_effective: RealVector,
    by_learned: RealVector,
    constraint: Constraint,
) -> None:
    """Write G - G^T, where G is the gradient by W."""
    n, n_matrices = constraint.n_hidden, constraint.n_matrices
    copy_others(by_effective, by_learned, constraint.start, square_at(constraint, n_matrices))
    for number in range(n_matrices):
        at = square_at(constraint, number)
        by_w, by_v = table(by_effective, at, n, n), table(by_learned, at, n, n)
        for j in range(n):
            for k in range(n):
                by_v[j, k] = by_w[j, k] - by_w[k, j]


@apart
def constrain_orthogonal(
    learned: RealVector, effective: RealVector, constraint: Constraint
) -> None:
    """Write the Cayley map of V - V^T."""
    n, n_matrices = constraint.n_hidden, constraint.n_matrices
    copy_others(learned, effective, constraint.start, square_at(constraint, n_matrices))
    inverse = table(constraint.inverse, 0, n, n)
    for number in range(n_matrices):
        at = square_at(constraint, number)
        cayley(table(learned, at, n, n), table(effective, at, n, n), inverse)


@apart
def pull_back_orthogonal(
    effective: RealVector,
    learned: RealVector,
    by_effective: RealVector,
    by_learned: RealVector,
    constraint: Constraint,
) -> None:
    """Take the gradient back through the Cayley map; see `cayley.py`."""
    n, n_matrices = constraint.n_hidden, constraint.n_matrices
    copy_others(by_effective, by_learned, constraint.start, square_at(constraint, n_matrices))
    first, second = table(constraint.work, 0, n, n), table(constraint.work, n * n, n, n)
    for number in range(n_matrices):
        at = square_at(constraint, number)
        w, by_w = table(effective, at, n, n), table(by_effective, at, n, n)
        by_v = table(by_learned, at, n, n)
        cayley_gradient(constraint.multiply, w, by_w, by_v, first, second)


@apart
def constrain_low_rank(learned: RealVector, effective: RealVector, constraint: Constraint) -> None:
    """Write W = M N."""
    n, rank, n_matrices = constraint.n_hidden, constraint.rank, constraint.n_matrices
    copy_others(learned, effective, constraint.start, factor_at(constraint, 2 * n_matrices))
    for number in range(n_matrices):
        left = table(learned, factor_at(constraint, number), n, rank)
        right = table(learned, factor_at(constraint, n_matrices + number), rank, n)
        w = table(effective, square_at(constraint, number), n, n)
        product(constraint.multiply, left, right, w)


@apart
def pull_back_low_rank(
    effective: RealVector,
    learned: RealVector,
    by_effective: RealVector,
    by_learned: RealVector,
    constraint: Constraint,
) -> None:
    """Write G N^T and M^T G, where G is the gradient by W."""
    n, rank, n_matrices = constraint.n_hidden, constraint.rank, constraint.n_matrices
    copy_others(by_effective, by_learned, constraint.start, square_at(constraint, n_matrices))
    transposed = table(constraint.work, 0, n, rank)
    for number in range(n_matrices):
        by_w = table(by_effective, square_at(constraint, number), n, n)
        at_left, at_right = (
            factor_at(constraint, number),
            factor_at(constraint, n_matrices + number),
        )
        transpose(table(learned, at_right, rank, n), transposed)
        by_left = table(by_learned, at_left, n, rank)
        product(constraint.multiply, by_w, transposed, by_left)
        left, by_right = table(learned, at_left, n, rank), table(by_learned, at_right, rank, n)
        transposed_product(constraint.multiply, left, by_w, by_right)


# By the words of `model.recurrent`, without "free".
CONSTRAINTS = {
    "dale": Functions(constrain_dale, pull_back_dale),
    "antisymmetric": Functions(constrain_antisymmetric, pull_back_antisymmetric),
    "orthogonal": Functions(constrain_orthogonal, pull_back_orthogonal),
    "low_rank": Functions(constrain_low_rank, pull_back_low_rank),
}


@entry
def make_effective(learned: RealVector, effective: RealVector, constraint: Constraint) -> None:
    """Call a constraint's first function from Python."""
    mode = flush_subnormals()
    call(constraint.constrain, (learned, effective, constraint))
    restore_mode(mode)


@entry
def take_gradient_back(
    effective: RealVector,
    learned: RealVector,
    by_effective: RealVector,
    by_learned: RealVector,
    constraint: Constraint,
) -> None:
    """Call a constraint's second function from Python."""
    mode = flush_subnormals()
    call(constraint.pull_back, (effective, learned, by_effective, by_learned, constraint))
    restore_mode(mode)
