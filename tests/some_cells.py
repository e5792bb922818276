"""The cells of tests that are about all networks: usual ones, and one of each further kind."""

# With a sum that takes no input, one that has no bias, and two stages: mut1. With vectors, and
# several states that are multiplied by matrices: the last.
CELLS = ("rnn", "lstm", "gru", "mut1", "lstm_full_gate_recurrence")
