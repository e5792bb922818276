"""Cells of a user's own in sweep files: two of them, and files that name one."""

from sweep_cases import GOOD, fault_of

UGRNN = """[cell]
sums = ["zg", "zc"]
states = ["h"]
constants = {alpha = 0.5}
equations = '''
g = sigmoid(zg)
h = g * h_prev + alpha * (1 - g) * act(zc)
'''
"""
MINE = """
[cells.mine]
sums = ["z"]
states = ["h"]
constants = {beta = 0.5}
biases = {z = 1}
equations = "h = beta * act(z)"
"""


def with_cell(word, more=""):
    """Return a file with a cell, and further text."""
    return GOOD.replace("[model]\n", f'[model]\ncell = "{word}"\n') + more


def lines_of(folder, text, overrides=()):
    """Return the faults of a file, a line each."""
    _, *lines = fault_of(folder, text, overrides).splitlines()
    return [line.strip() for line in lines]
