"""A share of the variance of a sweep's results, and what it belongs to."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """One share of the variance.

    Attributes
    ----------
    settings : tuple of str
        The setting, the two of a pair, or the seed that the share belongs to; empty for "higher
        orders" and for what is pooled over seeds.
    kind : str
        "setting", "pair", "higher orders" or "seed".
    share : float
        Of the total variance, from 0 to 1.
    low, high : float
        The ends of its 95 % interval; NaN where there is none.
    """

    settings: tuple[str, ...]
    kind: str
    share: float
    low: float
    high: float
