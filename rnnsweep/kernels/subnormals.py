"""Subnormal numbers are zero in every kernel.

A saturated unit has slopes and gradients below the smallest normal number (1.2e-38 in float32,
2.2e-308 in float64). On Intel CPUs every operation with such a number runs in microcode, and a
training step takes up to 40 times as long. The numbers decide nothing: losses are equal to every
digit that is printed.

So each kernel that Python calls sets the processor's flush mode, for results and for operands, and
restores the former mode at its end. The mode belongs to the thread, and all functions that a kernel
calls run in it. x86-64 has it in the register MXCSR (Intel 64 and IA-32 Architectures Software
Developer's Manual, volume 1, section 10.2.3), Arm in FPCR (Arm Architecture Reference Manual,
FPCR.FZ). Other processors, and kernels that run as plain Python, keep subnormal numbers.
"""

import platform
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from .cpu import config


def flush_subnormals() -> int:
    """Make this thread flush subnormal numbers; return its mode before, for `restore_mode`."""
    return 0


def restore_mode(mode: int) -> None:
    """Return to a mode that `flush_subnormals` returned."""


def _call(builder: Any, name: str, result: Any, values: list[Any]) -> Any:
    kind = ir.FunctionType(result, [value.type for value in values])
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), values)


def _read_mxcsr(builder: Any) -> Any:
    place = builder.alloca(ir.IntType(32))
    pointer = builder.bitcast(place, cgutils.voidptr_t)
    _call(builder, "llvm.x86.sse.stmxcsr", ir.VoidType(), [pointer])
    return builder.zext(builder.load(place), ir.IntType(64))


def _write_mxcsr(builder: Any, mode: Any) -> None:
    place = builder.alloca(ir.IntType(32))
    builder.store(builder.trunc(mode, ir.IntType(32)), place)
    pointer = builder.bitcast(place, cgutils.voidptr_t)
    _call(builder, "llvm.x86.sse.ldmxcsr", ir.VoidType(), [pointer])


def _read_fpcr(builder: Any) -> Any:
    return _call(builder, "llvm.aarch64.get.fpcr", ir.IntType(64), [])


def _write_fpcr(builder: Any, mode: Any) -> None:
    _call(builder, "llvm.aarch64.set.fpcr", ir.VoidType(), [mode])


_Register = tuple[Callable[[Any], Any], Callable[[Any, Any], None], int]
_X86: _Register = (_read_mxcsr, _write_mxcsr, 1 << 15 | 1 << 6)  # FTZ, DAZ
_ARM: _Register = (_read_fpcr, _write_fpcr, 1 << 24)  # FZ
_REGISTERS = {"x86_64": _X86, "amd64": _X86, "aarch64": _ARM, "arm64": _ARM}

_register = _REGISTERS.get(platform.machine().lower())
# Whether kernels flush subnormal numbers here.
FLUSHES = _register is not None and not config.DISABLE_JIT


def _keep_order(builder: Any) -> None:
    """Keep LLVM from moving memory accesses across this point: it does not know of the mode."""
    builder.asm(ir.FunctionType(ir.VoidType(), []), "", "~{memory}", [], side_effect=True)


if not config.DISABLE_JIT:

    @intrinsic
    def flush_subnormals(context):
        """Make this thread flush subnormal numbers; return its mode before."""

        def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            if _register is None:
                return context.get_constant(types.int64, 0)
            read, write, flush = _register
            before = read(builder)
            write(builder, builder.or_(before, before.type(flush)))
            _keep_order(builder)
            return before

        return types.int64(), codegen

    @intrinsic
    def restore_mode(context, mode):
        """Return to a mode that `flush_subnormals` returned."""

        def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            if _register is not None:
                _keep_order(builder)
                _register[1](builder, values[0])
            return context.get_dummy_value()

        return types.void(types.int64), codegen
