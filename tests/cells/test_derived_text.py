"""The derived equations, as people read them, are what the kernels compute."""

import re

import numpy as np
import pytest
from drawn_cells import cells
from hypothesis import given, settings

from rnnsweep.cells import CELLS, read_cell
from rnnsweep.cells.derived_text import matrix_name, read_values, way_back
from rnnsweep.cells.emit import emit
from rnnsweep.cells.functions import FUNCTIONS as FUNCTIONS_OF_EQUATIONS
from rnnsweep.cells.gradcheck import N_TIME, Network, Numbers
from rnnsweep.cells.python_source import numpy_functions

KINKS = {
    "sums": ["z", "a"],
    "states": ["h"],
    "constants": {"k": 0.3},
    "equations": "h = max(z, k * a) + min(a, h_prev) * abs(z) ** 1.5 + relu(a - z) / (1 + a ** 2)",
}
FUNCTIONS = {"where": np.where, "sqrt": np.sqrt, "max": np.maximum, "min": np.minimum}
FUNCTIONS |= {"relu": lambda x: np.maximum(x, 0)}
SOME = {**CELLS, "kinks": read_cell(KINKS, "kinks")}


def sides(lines):
    return [tuple(line.split(" = ", 1)) for line in lines]


@pytest.mark.parametrize("activation", ["tanh", "x * tanh(softplus(x))"])
@pytest.mark.parametrize("name", SOME)
def test_the_equations_of_the_way_back_are_what_it_computes(name, activation):
    cell = SOME[name].with_activation(activation)
    program = cell.program
    functions = numpy_functions(emit(program))
    network = Network(cell, program, functions, Numbers(np.random.default_rng(0)), 0.6)
    network.forward()
    t = N_TIME - 1
    network.view(network.scratch)[:] = network.loss_weights[t]
    known = dict(cell.constants) | FUNCTIONS
    of_constants = {line.names[0] for line in program.fixed}
    for left, right in sides(read_values(cell)):
        if left in of_constants:
            known[left] = eval(right, known)
    loops = {loop.stage: loop for loop in program.backward}
    stages = way_back(cell)
    assert len(stages) == program.n_stages
    for stage, lines in zip(reversed(range(program.n_stages)), stages, strict=True):
        values = dict(known)
        for value, array in loops[stage].loads:
            has_time = array < network.scratch
            values[value] = network.view(array, t if has_time else 0).copy()
        own = [(left, right) for left, right in sides(lines) if "^T" not in right]
        n_lines = len(loops[stage].lines)
        for left, right in own[:n_lines]:
            values[left] = eval(right, values)
        # What is stored is made of what was read before anything was stored.
        stored = [(left, eval(right, values)) for left, right in own[n_lines:]]
        network.call("retreat", t, stage)
        assert len(stored) == len(loops[stage].stores)
        for (left, value), store in zip(stored, loops[stage].stores, strict=True):
            array = program.arrays[store.array]
            assert left == (f"d_{array}" if store.array < len(program.kept) else array)
            computed = network.view(store.array, t if store.array < len(program.kept) else 0)
            np.testing.assert_allclose(
                np.broadcast_to(value, computed.shape), computed, rtol=1e-12, atol=1e-14
            )
        network.carry_back(stage, t, {n: np.zeros(s) for n, s in network.shapes.items()},
                           is_before=False)  # fmt: skip


def test_the_products_of_the_way_back():
    assert way_back(CELLS["gru_v1"])[0][-1] == "a_rh = d_zn U_rh_zn^T"
    assert way_back(CELLS["gru_v1"])[1][-1] == "g_h = g_h + d_zr U_zr^T + d_zz U_zz^T"
    assert way_back(CELLS["rnn"]) == [["d_z = g_h * (1 - h * h)", "g_h = d_z U_z^T"]]
    assert matrix_name(CELLS["co_rnn"].program, "z_prev", "a") == "U_z_prev_a"


def test_names_are_those_of_the_equations():
    table = {"sums": ["size"], "states": ["h"], "equations": "at = 2 * size\nh = tanh(at) * at"}
    cell = read_cell(table, "some")
    assert read_values(cell) == ["tanh_at_2 = tanh(at)"]
    (lines,) = way_back(cell)
    assert lines[-1] == "g_h = d_size U_size^T"
    assert [line.partition(" = ")[0] for line in lines].count("d_size") == 1


@settings(max_examples=60)
@given(cells())
def test_every_name_of_the_way_back_is_explained(cell):
    program = cell.program
    lines = [line for stage in way_back(cell) for line in stage if "^T" not in line]
    explained = [*cell.equations.splitlines(), *read_values(cell), *lines]
    known = {name for left, _ in sides(explained) for name in left.split(", ")}
    known |= {each.name for each in (*cell.sums, *cell.vectors)}
    known |= {f"{state}_prev" for state in cell.states} | {name for name, _ in cell.constants}
    known |= {*program.scratch} | {program.arrays[number] for number in program.noises}
    known |= {"where", *FUNCTIONS_OF_EQUATIONS}
    for line in lines:
        assert set(re.findall(r"(?<![\w.])[a-zA-Z_]\w*", line)) <= known
