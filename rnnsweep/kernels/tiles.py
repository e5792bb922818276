"""One tile of a matrix product, kept in vector registers: the innermost loop of `products`.

LLVM does not find this form by itself: it turns loops over rows and columns into vector loops with
a remainder and an alias check each, which cost more than the product itself at H = 32. So the tile
is written in LLVM's vector operations, with the vector length of the machine. The form
is the micro-kernel of Goto and van de Geijn, "Anatomy of high-performance matrix
multiplication" (ACM TOMS 34(3), 2008); packing does not pay at the sizes of small networks.
"""

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from .cpu import VECTOR_BYTES

# With two vectors a row, the accumulators of a tile of 8 rows fill half of the 32 registers that
# AVX-512 and Arm have; AVX2 has 16, and 6 rows fill 12: 16 % faster than 4 rows at H = 128.
TILE_ROWS = 6 if VECTOR_BYTES == 32 else 8


@intrinsic
def lanes_of(context, pointer):
    """Return the number of elements of a vector."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        size = context.get_abi_sizeof(context.get_data_type(signature.args[0].dtype))
        return context.get_constant(types.intp, VECTOR_BYTES // size)

    return types.intp(pointer), codegen


def make_tile(rows: int, vectors: int, masked: bool) -> Any:
    """Return the intrinsic for a tile of `rows` rows by `vectors` vectors.

    ``tile(a, a_at, a_row, a_step, b, b_at, out, out_at, width, depth, columns, fresh)`` writes,
    or where not `fresh` adds, for r < rows and every column j of the tile,

        out[out_at + r * width + j] = sum over k < depth of
            a[a_at + r * a_row + k * a_step] * b[b_at + k * width + j]

    `a`, `b` and `out` are pointers to elements of one dtype; `depth` is at least 1. A masked tile
    touches its first `columns` columns only.
    """

    @intrinsic
    def tile(context, a, a_at, a_row, a_step, b, b_at, out, out_at, width, depth, columns, fresh):
        n = types.intp
        signature = types.void(a, n, n, n, b, n, out, n, n, n, n, types.boolean)

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            _emit(context, builder, signature.args, args, rows, vectors, masked)
            return context.get_dummy_value()

        return signature, codegen

    return tile


def _emit(
    context: Any, builder: Any, arg_types: Any, args: Any, rows: int, vectors: int, masked: bool
) -> None:
    """Write the tile's instructions: load the sums, loop over depth, store the sums."""
    a, a_at, a_row, a_step, b, b_at, out, out_at, width, depth, columns, fresh = args
    element = context.get_value_type(arg_types[0].dtype)
    memory = _VectorMemory(builder, element, columns if masked else None, vectors)
    vector, index = memory.vector, a_at.type

    def offset(pointer: Any, stride: Any, count: Any) -> Any:
        return builder.gep(pointer, [builder.mul(stride, count)])

    a_start, b_start = builder.gep(a, [a_at]), builder.gep(b, [b_at])
    out_start = builder.gep(out, [out_at])
    out_rows = [offset(out_start, width, index(r)) for r in range(rows)]
    # The pointers stay, and one offset is added to all of them. If LLVM saw how the pointers are
    # computed, it would make a chain of additions of them, longer than the products themselves.
    a_rows = [_opaque(builder, offset(a_start, a_row, index(r))) for r in range(rows)]

    # A fresh tile is not loaded: its memory may have been stored a moment ago, in other pieces, and
    # the load would wait until they reach the cache.
    zero = ir.Constant(vector, [0.0] * vector.count)
    entry = builder.block
    adds = builder.append_basic_block("tile.adds")
    loop = builder.append_basic_block("tile.loop")
    end = builder.append_basic_block("tile.end")
    is_fresh = context.get_value_as_data(builder, types.boolean, fresh)
    builder.cbranch(builder.trunc(is_fresh, ir.IntType(1)), loop, adds)
    builder.position_at_end(adds)
    before = [[memory.load(row, v) for v in range(vectors)] for row in out_rows]
    builder.branch(loop)
    builder.position_at_end(loop)
    k, a_offset, b_offset = builder.phi(index), builder.phi(index), builder.phi(index)
    sums = [[builder.phi(vector) for _ in range(vectors)] for _ in range(rows)]
    b_row = builder.gep(b_start, [b_offset])
    b_vectors = [memory.load(b_row, v) for v in range(vectors)]
    after = []
    for r in range(rows):
        factor = memory.splat(builder.load(builder.gep(a_rows[r], [a_offset])), vector)
        # `contract` lets the pair become one fused multiply-add where the CPU has it.
        terms = [builder.fmul(factor, b_v, flags=("contract",)) for b_v in b_vectors]
        after.append(
            [builder.fadd(sums[r][v], terms[v], flags=("contract",)) for v in range(vectors)]
        )
    # Unrolled, the loop would need more pointers than there are registers. LLVM does not unroll a
    # loop whose count it does not know.
    next_k = _opaque(builder, builder.add(k, index(1)))
    for number, following in (
        (k, next_k),
        (a_offset, builder.add(a_offset, a_step)),
        (b_offset, builder.add(b_offset, width)),
    ):
        for start in (entry, adds):
            number.add_incoming(index(0), start)
        number.add_incoming(following, loop)
    for r in range(rows):
        for v in range(vectors):
            sums[r][v].add_incoming(zero, entry)
            sums[r][v].add_incoming(before[r][v], adds)
            sums[r][v].add_incoming(after[r][v], loop)
    builder.cbranch(builder.icmp_signed("<", next_k, depth), loop, end)

    builder.position_at_end(end)
    for r in range(rows):
        for v in range(vectors):
            memory.store(after[r][v], out_rows[r], v)


def _opaque(builder: Any, value: Any) -> Any:
    """Return the same value in a form that LLVM knows nothing about, without any instruction."""
    ir_type = ir.FunctionType(value.type, [value.type])
    return builder.asm(ir_type, "", "=r,0", [value], side_effect=False)


class _VectorMemory:
    """Loads and stores the vectors of one row, or with `columns` its first elements alone."""

    def __init__(self, builder: Any, element: Any, columns: Any, vectors: int) -> None:
        size = 8 if isinstance(element, ir.DoubleType) else 4
        lanes = VECTOR_BYTES // size
        self.builder = builder
        self.size = size
        self.vector = ir.VectorType(element, lanes)
        self.suffix = f"v{lanes}f{size * 8}.p0"
        self.masks = None
        if columns is not None:
            numbers = ir.VectorType(columns.type, lanes)
            limit = self.splat(columns, numbers)
            self.masks = [
                builder.icmp_signed(
                    "<", ir.Constant(numbers, [v * lanes + lane for lane in range(lanes)]), limit
                )
                for v in range(vectors)
            ]

    def splat(self, value: Any, ir_type: Any) -> Any:
        undefined = ir.Constant(ir_type, ir.Undefined)
        first = self.builder.insert_element(undefined, value, ir.IntType(32)(0))
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), ir_type.count), [0] * ir_type.count)
        return self.builder.shuffle_vector(first, undefined, zeros)

    def load(self, row: Any, v: int) -> Any:
        pointer = self._address(row, v)
        if self.masks is None:
            return self.builder.load(pointer, align=self.size)
        zero = ir.Constant(self.vector, [0.0] * self.vector.count)
        args = [pointer, ir.IntType(32)(self.size), self.masks[v], zero]
        return self._call(f"llvm.masked.load.{self.suffix}", self.vector, args)

    def store(self, value: Any, row: Any, v: int) -> None:
        pointer = self._address(row, v)
        if self.masks is None:
            self.builder.store(value, pointer, align=self.size)
            return
        args = [value, pointer, ir.IntType(32)(self.size), self.masks[v]]
        self._call(f"llvm.masked.store.{self.suffix}", ir.VoidType(), args)

    def _address(self, row: Any, v: int) -> Any:
        start = self.builder.gep(row, [ir.IntType(64)(v * self.vector.count)])
        return self.builder.bitcast(start, self.vector.as_pointer())

    def _call(self, name: str, result: Any, args: list[Any]) -> Any:
        ir_type = ir.FunctionType(result, [arg.type for arg in args])
        return self.builder.call(
            cgutils.get_or_insert_function(self.builder.module, ir_type, name), args
        )
