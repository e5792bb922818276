"""The recurrent cells, one file each.

A file in this folder is a cell, and its name is the word of the sweep file. It has

- ``CELL``, a literal with the fields of `rnnsweep.cells.Cell`: the only table about the cell;
- a type named after the file, ``class LstmWeights(Weights)``, by which the cell is chosen;
- `advance`, `retreat`, `carry_back` and `recurrent_gradients`, which `kernels.dispatch` describes;
- ``step(x_sums, h_sums, states, activation, sigmoid)``, which returns the states after one time
  step, written with operators that arrays of NumPy and PyTorch both have: the cell for
  `Model.to_torch` where PyTorch lacks it. The sums over the inputs and over h are tuples of an
  array (B, H) for each gate, biases included; states are tuples of arrays (B, H).

Nothing else in the package names a cell.
"""
