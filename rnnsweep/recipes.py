"""What each word of `init` means for the single matrices."""

from typing import NamedTuple


class Recipe(NamedTuple):
    """How the input, recurrent and output matrices are drawn, by words of `vocabulary.MATRICES`.

    Attributes
    ----------
    init_input, init_recurrent, init_output : str
    init_std : float
        Standard deviation of the matrices that are "normal".
    """

    init_input: str
    init_recurrent: str
    init_output: str
    init_std: float = 0.01

    @property
    def has_normal(self) -> bool:
        """Whether any matrix uses the standard deviation."""
        return "normal" in (self.init_input, self.init_recurrent, self.init_output)


RECIPES: dict[str, Recipe] = {
    "torch": Recipe("torch", "torch", "torch"),
    "glorot": Recipe("glorot", "glorot", "glorot"),
    "he": Recipe("he", "he", "he"),
    "orthogonal": Recipe("glorot", "orthogonal", "glorot"),
    "identity": Recipe("normal", "identity", "normal", 0.001),
    "normal": Recipe("normal", "normal", "normal"),
    "notebook": Recipe("notebook", "notebook", "notebook"),
}
