"""What the rules know of the cells."""

GATES = {"rnn": 1, "lstm": 4, "gru": 3}
# Arrays of H values that one layer keeps for a time step of a sequence until the way back.
KEPT_STATES = {"rnn": 2, "lstm": 9, "gru": 6}
WITH_FORGET_GATE = ("lstm",)
ELMAN = "rnn"
