"""The constraint on a network's recurrent matrices, as [model] has it."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Recurrent(NamedTuple):
    """What constrains every recurrent matrix of a network; a kind has one field of its own at most.

    Attributes
    ----------
    kind : str
        A word of `vocabulary.RECURRENT`.
    dale_excitatory : float
        Share of the units that excite, for "dale".
    antisymmetric_gamma : float
        What is subtracted from the diagonal, for "antisymmetric".
    rank : int
        Of each matrix, for "low_rank".
    """

    kind: str = "free"
    dale_excitatory: float = 0.8
    antisymmetric_gamma: float = 0.01
    rank: int = 0

    @classmethod
    def of(cls, model: Mapping[str, Any]) -> "Recurrent":
        """Return the constraint that settings of [model] ask for."""
        return cls(
            model["recurrent"],
            model["dale_excitatory"],
            model["antisymmetric_gamma"],
            model["rank"],
        )

    def settings(self) -> dict[str, Any]:
        """Return the settings of [model] that ask for this constraint."""
        values = self._asdict()
        return {"recurrent": values.pop("kind"), **values}

    def n_excitatory(self, n_hidden: int) -> int:
        """Return how many units, the first ones, excite."""
        return round(self.dale_excitatory * n_hidden)


FREE = Recurrent()
