"""Numba's compiler with one more attribute for LLVM: loops may use vectors of the full width.

For Intel CPUs with AVX-512, LLVM compiles plain loops for vectors of 256 bits, since the first of
these CPUs lowered their clock for wider ones. Kernels use the full width in their tiles anyway. On
an Emerald Rapids 512 bits in the loops as well made a training step 1.05 to 1.15 times as fast up
to H = 64; on a Zen 4, where LLVM takes 512 bits by itself, the attribute changes nothing.
"""

from typing import Any

from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import PassManager, register_pass
from numba.core.lowering import Lower
from numba.core.typed_passes import NativeLowering

from .cpu import VECTOR_BYTES


class _FullWidthLower(Lower):
    """Numba's translation of a function to LLVM's language, with that attribute."""

    def setup_function(self, fndesc: Any) -> None:
        super().setup_function(fndesc)
        # `add` of llvmlite's class refuses attributes that it does not know.
        set.add(self.function.attributes, f'"prefer-vector-width"="{8 * VECTOR_BYTES}"')


@register_pass(mutates_CFG=True, analysis_only=False)
class _FullWidthLowering(NativeLowering):
    _name = "full_width_native_lowering"

    @property
    def lowering_class(self) -> type[Lower]:
        return _FullWidthLower


class FullWidthCompiler(CompilerBase):
    """Numba's compiler, with loops of the full vector width."""

    def define_pipelines(self) -> list[PassManager]:
        """Return the usual passes, with the lowering above in place of numba's."""
        usual = DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes = PassManager("full_width_nopython")
        for each, description in usual.passes:
            passes.add_pass(_FullWidthLowering if each is NativeLowering else each, description)
        passes.finalize()
        return [passes]
