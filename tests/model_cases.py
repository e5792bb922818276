"""A small network and data for it."""

import numpy as np

SIZES = {"input_size": 3, "hidden_size": 5, "output_size": 2}
X = np.random.default_rng(0).random((4, 6, 3))
TARGET = np.random.default_rng(1).random((4, 2))
