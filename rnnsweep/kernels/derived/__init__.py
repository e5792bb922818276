"""The elementwise parts of `rnn`, `lstm` and `gru` with tanh, to be read.

Each file is what `rnnsweep.cells.emit` writes from the cell's equations, to the letter, and is
compiled and run. That of any other cell is kept with its machine code; ``python -m rnnsweep check
CELL --source`` prints it.
"""
