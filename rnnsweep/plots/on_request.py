"""The figures that a user asks for, and that a run does not draw: it need not load them."""

# Imported before any other module that imports matplotlib.
from . import defaults as defaults  # isort: skip

from .budget import budget
from .comparison import comparison
from .divergence import divergence, with_worst
from .forecast import forecast_plot
from .importance import importance
from .parallel import parallel
from .profile import profile
from .tunability import tunability

__all__ = [
    "budget",
    "comparison",
    "divergence",
    "forecast_plot",
    "importance",
    "parallel",
    "profile",
    "tunability",
    "with_worst",
]
