"""The version of rnnsweep."""

__version__ = "0.1.0"
