"""The cells of tests that are about all networks: usual ones, and one of each further kind."""

from rnnsweep.vocabulary import ACTIVATIONS

# With a sum that takes no input, one that has no bias, and two stages: mut1. With vectors, and
# several states that are multiplied by matrices: the last.
CELLS = ("rnn", "lstm", "gru", "mut1", "lstm_full_gate_recurrence")

# A cell with an activation is compiled by itself. Here each activation is in one cell, and each
# cell has one whose slope follows from the value, tanh, and one whose slope is kept beside.
WITH_ACTIVATIONS = (
    *((CELLS[0], activation) for activation in ACTIVATIONS),
    *((cell, activation) for cell in CELLS[1:] for activation in ("tanh", "gelu")),
)
