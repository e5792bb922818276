"""How steep an activation by formula is."""

from functools import lru_cache

import numpy as np

from .builtin import CELLS
from .emit import source
from .python_source import numpy_functions

_ENDS = 4.0
_POINTS = 2001


@lru_cache(maxsize=256)
def largest_slope(formula: str) -> float:
    """Return the largest size of the derivative of an activation, for x from -4 to 4.

    Places where it or the value is not finite do not count; it is 0 if there is no other.
    """
    cell = CELLS["rnn"].with_activation(formula)
    program = cell.program
    memory = np.zeros((len(program.arrays), _POINTS))
    memory[0] = np.linspace(-_ENDS, _ENDS, _POINTS)
    starts = np.arange(len(memory)) * _POINTS
    functions = numpy_functions(source(cell))
    with np.errstate(all="ignore"):
        for name in ("advance", "slopes"):
            functions[name](memory.reshape(-1), starts, np.zeros(0), 0, 0, _POINTS, 0)
    values = memory[program.arrays.index(cell.states[0])]
    slopes = abs(memory[program.arrays.index(program.scratch[0])])
    return float(slopes[np.isfinite(values) & np.isfinite(slopes)].max(initial=0.0))
