"""Names for the contiguous arrays that kernels take, each with its number of axes.

`argument_types` turns them into numba's types.
"""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

# Of the network's precision.
RealVector = Annotated[NDArray[np.floating], 1]
RealMatrix = Annotated[NDArray[np.floating], 2]
RealTensor = Annotated[NDArray[np.floating], 3]

DoubleVector = Annotated[NDArray[np.float64], 1]
DoubleMatrix = Annotated[NDArray[np.float64], 2]
IntVector = Annotated[NDArray[np.int64], 1]
IntMatrix = Annotated[NDArray[np.int64], 2]
BoolMatrix = Annotated[NDArray[np.bool_], 2]

# The address of a real number.
Pointer = Annotated[int, "pointer"]
