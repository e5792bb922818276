"""The problem of the notebook that this program grew from: one sequence of three time steps."""

from typing import ClassVar, Literal

import numpy as np

from .base import Task, Topic
from .parts import Part, Parts, Shape


class Notebook(Task):
    """The sequence [1, 0], [0, 1], [1, 1] with target 1, the same in all three parts.

    There is nothing to generalise to and nothing to draw: the seed decides only the weights.
    """

    line: ClassVar[str] = "the notebook's single sequence [1,0], [0,1], [1,1] with target 1"
    topic: ClassVar[Topic] = "example"
    seeded: ClassVar[bool] = False
    has_baseline: ClassVar[bool] = False

    name: Literal["notebook"] = "notebook"

    def shape(self, output: str = "last") -> Shape:
        """Return the sizes: one sequence of three time steps."""
        return Shape(3, 2, 1, 1, 1, 1)

    def target_range(self) -> tuple[float, float]:
        """Return (1, 1): the one target."""
        return 1.0, 1.0

    def data(self, seed: int, output: str = "last") -> Parts:
        """Return the one sequence, three times."""
        part = Part(np.array([[[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]]), np.array([[1.0]]))
        return Parts(part, part, part)
