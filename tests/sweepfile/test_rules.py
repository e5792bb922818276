"""Rules between keys: what does not go together, what does, and what is said of it."""

import re
from importlib import import_module
from pkgutil import iter_modules

import numpy as np
import pytest
from sweep_cases import fault_of, load

from rnnsweep.cells import CELLS
from rnnsweep.network.layout import Sizes, count_params, flat_size
from rnnsweep.network.recurrent import Recurrent
from rnnsweep.recipes import RECIPES
from rnnsweep.sweepfile import rules as rules_room
from rnnsweep.sweepfile.rules import checking
from rnnsweep.sweepfile.rules.memory import n_params
from rnnsweep.tasks import Shape
from rnnsweep.vocabulary import INITIALIZATIONS, MATRICES

TASK = '[task]\nname = "adding"\nseq_len = 10\n'
MODEL = "[model]\nhidden_size = 8\n"
TRAIN = "[train]\nlearning_rate = 0.1\nepochs = 3\n"
GOOD = TASK + MODEL + TRAIN
SINE = '[task]\nname = "sine"\nseq_len = 10\n'
COPY = '[task]\nname = "copy"\ndelay = 3\n'
PARITY = '[task]\nname = "parity"\nseq_len = 3\n'
CSV = '[task]\nname = "csv"\npath = "a.csv"\ntarget = "y"\nwindow = 4\n'
TEXT = '[task]\nname = "text"\npath = "a.txt"\nseq_len = 4\n'
XOR = '[task]\nname = "xor_stream"\n'
STOP = "[stop]\n"


def model(line, task=TASK):
    return task + MODEL + line + "\n" + TRAIN


def files(folder):
    rows = "\n".join(f"{i},{i * i % 7}" for i in range(40))
    (folder / "a.csv").write_text("x,y\n" + rows)
    (folder / "a.txt").write_text("to be or not to be " * 20)


# The text, then what a line has to say: both keys with their places, and the way out.
RULES = [
    # the network
    (model("forget_bias = 1"), ['[model] forget_bias = 1.0, [model] cell = "rnn" (the default)',
                                'cell = "lstm"']),
    (model('init_input = "identity"'), ['[model] init_input = "identity"', "init_recurrent"]),
    (model('init_output = "identity"'), ['[model] init_output = "identity"', "init_recurrent"]),
    (model("init_std = 0.5"), ['[model] init_std = 0.5, [model] init = "torch" (the default)',
                               'init = "normal"']),
    (model('init = "glorot"\ninit_std = 0.5'), ["no weights are", "leave it out"]),
    (model('init = "normal"\ninit_std = 0\nspectral_radius = 1'),
     ["[model] spectral_radius = 1.0", "init_std above 0"]),
    (model("init_connections = 9"), ["[model] init_connections = 9, [model] hidden_size = 8",
                                     "at most 8"]),
    (model("rank = 2"), ['[model] rank = 2, [model] recurrent = "free" (the default)',
                         'rank = 0, or recurrent = "low_rank"']),
    (model('recurrent = "low_rank"'), ["[model] rank = 0 (the default)", "rank of at least 1"]),
    (model('recurrent = "low_rank"\nrank = 9'), ["[model] rank = 9, [model] hidden_size = 8",
                                                  "at most 8"]),
    (model('recurrent = "dale"\ninit = "orthogonal"'),
     ['[model] recurrent = "dale", [model] init_recurrent = "orthogonal"', "cannot start as"]),
    (model('recurrent = "dale"\ninit = "normal"\ninit_std = 0'), ["so that they stay 0"]),
    (model('recurrent = "orthogonal"\ninit_recurrent = "glorot"'),
     ['[model] init_recurrent = "glorot", [model] recurrent = "orthogonal"', "leave it out"]),
    (model('recurrent = "orthogonal"\nspectral_radius = 0.9'),
     ["[model] spectral_radius = 0.9", "a spectral radius of 1"]),
    (model('recurrent = "antisymmetric"\nantisymmetric_gamma = 0.5\nspectral_radius = 0.5'),
     ["[model] antisymmetric_gamma = 0.5", "is above 0.5"]),
    (model('recurrent = "antisymmetric"\ninit_connections = 3'),
     ["[model] init_connections = 3", 'recurrent = "free" or "dale"']),
    (model('recurrent = "dale"') + 'gradient = "notebook"\n',
     ['[train] gradient = "notebook", [model] recurrent = "dale"', 'gradient = "bptt"']),
    (GOOD + "dropout = 0.5\n", ["[train] dropout = 0.5, [model] num_layers = 1 (the default)",
                                "num_layers of at least 2"]),
    # training
    (SINE + MODEL + 'output = "every"\n' + TRAIN + 'gradient = "notebook"\n',
     ['[train] gradient = "notebook", [model] output = "every"', 'gradient = "bptt"']),
    (model('cell = "lstm"') + 'gradient = "notebook"\n',
     ['[train] gradient = "notebook", [model] cell = "lstm"', 'take that, or gradient = "bptt"']),
    (model("num_layers = 2") + 'gradient = "notebook"\n',
     ['[train] gradient = "notebook", [model] num_layers = 2', "num_layers = 1"]),
    (GOOD + 'gradient = "truncated"\n', ["[train] truncation = 0 (the default)", "at least 1"]),
    (GOOD + "truncation = 5\n", ["[train] truncation = 5", 'gradient = "truncated"']),
    (GOOD + 'optimizer = "adam"\nmomentum = 0.9\n',
     ['[train] momentum = 0.9, [train] optimizer = "adam"', "momentum = 0, or"]),
    (GOOD + 'momentum = 0.9\n[grid]\ntrain.optimizer = ["sgd", "rmsprop"]\n',
     ['[train] momentum = 0.9, [grid] train.optimizer = "rmsprop"']),
    (GOOD + 'optimizer = "adam"\nnesterov = true\n',
     ['[train] nesterov = true, [train] momentum = 0.0 (the default), [train] optimizer = "adam"',
      'nesterov = false, or optimizer = "sgd" with momentum above 0']),
    (GOOD + 'gradient = "truncated"\ntruncation = 10\n',
     ['[train] truncation = 10, [model] output = "last" (the default), [task] name = "adding"',
      "sequences of 10 time steps", "truncation below 10", 'gradient = "bptt"']),
    (SINE.replace("10", "1") + MODEL + TRAIN + 'gradient = "truncated"\ntruncation = 1\n',
     ['take gradient = "bptt"']),
    (COPY + MODEL + TRAIN + 'gradient = "truncated"\n[grid]\ntrain.truncation = [22, 23, 24]\n',
     ["[grid] train.truncation = 23", "23 time steps"]),
    (GOOD + "nesterov = true\n", ["[train] nesterov = true, [train] momentum = 0.0 (the default)",
                                  "momentum above 0"]),
    (GOOD + "weight_decay = 0.1\n", ['[train] weight_decay = 0.1, [train] optimizer = "sgd"',
                                     "take l2", 'optimizer = "adamw"']),
    (GOOD + 'optimizer = "adam"\nweight_decay = 0\n', ["[train] weight_decay = 0.0", '"adamw"']),
    (GOOD + "huber_delta = 2\n", ['[train] huber_delta = 2.0, [train] loss = "mse"', '"huber"']),
    (GOOD + "clip_norm = 1\nclip_value = 1\n", ["clip_norm = 1.0, [train] clip_value = 1.0",
                                                "clip_norm = 0, or"]),
    (GOOD + 'schedule = "step"\n', ['[train] schedule = "step"', "decay below 1"]),
    (GOOD + 'schedule = "exponential"\ndecay = 1\n', ["[train] decay = 1.0", "decay below 1"]),
    (GOOD + 'schedule = "cosine"\ndecay = 0.5\n', ["[train] decay = 0.5", '"step"', "decay = 1"]),
    (GOOD + 'schedule = "exponential"\ndecay = 0.5\ndecay_every = 2\n',
     ['[train] decay_every = 2, [train] schedule = "exponential"', 'schedule = "step"']),
    ('[task]\nname = "notebook"\n' + MODEL + TRAIN + 'loss = "bce"\n',
     ['[train] loss = "bce", [model] output_activation = "identity" (the default)', '"sigmoid"']),
    (model('output_activation = "sigmoid"', COPY),
     ['[train] loss = "cross_entropy" (the default), [model] output_activation = "sigmoid"',
      'output_activation = "identity"']),
    # the task
    (model('output_activation = "sigmoid"') + 'loss = "bce"\n',
     ['[train] loss = "bce", [task] name = "adding"', "from 0 to 2", 'loss = "mse"']),
    (COPY + MODEL + TRAIN + 'loss = "mse"\n',
     ['[train] loss = "mse", [task] name = "copy"', "9 classes", 'loss = "cross_entropy"']),
    (GOOD + 'loss = "cross_entropy"\n',
     ['[train] loss = "cross_entropy", [task] name = "adding"', "numbers", 'loss = "mse"']),
    (model('output = "every"'),
     ['[model] output = "every", [task] name = "adding"', 'its outputs: "last"']),
    (GOOD + '[grid]\ntask.name = ["sine", "adding"]\nmodel.output = ["last", "every"]\n',
     ['[grid] model.output = "every", [grid] task.name = "adding"']),
    (SINE + "min_frequency = 0.3\n" + MODEL + TRAIN,
     ["[task] min_frequency = 0.3, [task] max_frequency = 0.2 (the default)", "exchange"]),
    (GOOD + "stateful = true\n", ['[train] stateful = true, [task] name = "adding"',
                                  "stateful = false"]),
    (XOR + "n_train = 8\n" + MODEL + TRAIN + "batch_size = 8\nstateful = true\n",
     ["[train] stateful = true, [train] batch_size = 8", "lane of the 8 training windows",
      "batch_size below 8", "a larger n_train", "stateful = false"]),
    (XOR + "n_train = 8\n" + MODEL + TRAIN + "stateful = true\n",
     ["[train] batch_size = 32 (the default)", "batch_size below 8"]),
    (XOR + "n_train = 1\n" + MODEL + TRAIN + "batch_size = 1\nstateful = true\n",
     ["take more windows by a larger n_train"]),
    (TEXT.replace("seq_len = 4", "seq_len = 19") + MODEL + TRAIN + "stateful = true\n",
     ['[task] name = "text"', "batch_size below 15", "a shorter seq_len"]),
    (GOOD + STOP + "accuracy_above = 0.9\n",
     ['[stop] accuracy_above = 0.9, [train] loss = "mse" (the default)', "val_loss_below"]),
    (CSV.replace("a.csv", "b.csv") + MODEL + TRAIN,
     ['[task] path = "b.csv"', "there is no such file"]),
    # memory
    (TASK.replace("10", "100000") + "n_train = 100000\n" + MODEL + TRAIN,
     ["101024 sequences of 100000 time steps", "150.5 GiB", "4.0 GiB"]),
    (TASK + "[model]\nhidden_size = 16384\n" + TRAIN + 'dtype = "float64"\n',
     ["[model] hidden_size = 16384", '[train] dtype = "float64"', "8.1 GiB", "8.0 GiB"]),
    (TASK + '[model]\nhidden_size = 8192\ncell = "lstm"\n' + TRAIN + 'dtype = "float64"\n',
     ['[model] cell = "lstm"', "GiB", "num_layers"]),
    (TASK + "[model]\nhidden_size = 8192\nnum_layers = 5\n" + TRAIN, ["[model] num_layers = 5"]),
    # what is recorded
    (GOOD + "[metrics]\nshare_clipped = true\n", ["[metrics] share_clipped = true", "clip_norm"]),
    (TASK + "[model]\nhidden_size = 15_900\n" + TRAIN + '[output]\nsave_params = "best"\n',
     ["[model] hidden_size = 15900", 'save_params = "best" stores params of 1,011,',
      "allowed: 999,000,000 bytes a trial"]),
    (TASK + "[model]\nhidden_size = 11_200\n" + TRAIN + 'dtype = "float64"\n'
     + '[output]\nsave_params = "all"\n', ['[train] dtype = "float64"', "1,003,"]),
    (GOOD.replace("epochs = 3", "epochs = 10_000_000") + "[metrics]\ngradient_flow = true\n"
     + "spectral_radius = true\ndead_units = true\ngrad_norms = true\n",
     ["[train] epochs = 10000000", "10,000,000 epochs of up to 19 numbers each", "allowed: "]),
]  # fmt: skip

FINE = [
    model('cell = "lstm"\nforget_bias = 1'),
    model("forget_bias = 0"),
    model('init = "identity"'),
    model('init = "glorot"\ninit_recurrent = "identity"'),
    model('init_output = "normal"\ninit_std = 0.5'),
    model('init = "identity"\ninit_std = 0.5'),
    model("init_std = 0.01"),
    model("spectral_radius = 0.95\ninit_connections = 8"),
    model('recurrent = "dale"\ndale_excitatory = 0.5\nspectral_radius = 0.95'),
    model('recurrent = "dale"\ninit_connections = 3'),
    model('recurrent = "antisymmetric"\nspectral_radius = 0.95'),
    model('recurrent = "orthogonal"\ninit = "identity"'),
    model('recurrent = "low_rank"\nrank = 8\nspectral_radius = 0.95'),
    model("num_layers = 2") + "dropout = 0.5\n",
    GOOD + 'gradient = "truncated"\ntruncation = 5\n',
    COPY + MODEL + TRAIN + 'gradient = "truncated"\ntruncation = 22\n',
    XOR + "n_train = 8\n" + MODEL + TRAIN + "batch_size = 7\nstateful = true\n",
    XOR + "n_train = 8\n" + MODEL + TRAIN,
    GOOD + 'gradient = "notebook"\n',
    GOOD + "momentum = 0.9\nnesterov = true\n",
    GOOD + 'optimizer = "adamw"\nweight_decay = 0\n',
    GOOD + "weight_decay = 0.01\nl1 = 0.1\nl2 = 0.1\n",
    GOOD + 'loss = "huber"\nhuber_delta = 2\n',
    GOOD + 'loss = "mae"\nclip_value = 2\n',
    GOOD + 'schedule = "step"\ndecay = 0.5\ndecay_every = 3\nwarmup_updates = 10\n',
    GOOD + 'schedule = "exponential"\ndecay = 0.5\n',
    GOOD + 'schedule = "cosine"\n',
    COPY + MODEL + TRAIN + STOP + "accuracy_above = 0.9\n",
    PARITY + MODEL + TRAIN,
    TEXT + MODEL + TRAIN + "stateful = true\n",
    CSV + MODEL + TRAIN + STOP + "patience = 3\nval_loss_below = 0.5\nmax_updates = 100\n",
    GOOD + "clip_norm = 1\n[metrics]\nshare_clipped = true\n",
    GOOD + "[grid]\ntrain.clip_value = [0, 1]\n[metrics]\nshare_clipped = true\n",
    GOOD + '[output]\nsave_params = "all"\n',
    TASK + "[model]\nhidden_size = 15_900\n" + TRAIN,
    TASK + "[model]\nhidden_size = 15_700\n" + TRAIN + '[output]\nsave_params = "best"\n',
    GOOD.replace("epochs = 3", "epochs = 10_000_000"),
]


@pytest.mark.parametrize(("text", "fragments"), RULES)
def test_a_rule_between_keys_is_reported_with_both(tmp_path, text, fragments):
    files(tmp_path)
    lines = fault_of(tmp_path, text).splitlines()[1:]
    assert any(all(fragment in line for fragment in fragments) for line in lines), lines


@pytest.mark.parametrize("text", FINE)
def test_what_goes_together_is_taken(tmp_path, text):
    files(tmp_path)
    assert len(load(tmp_path, text)) >= 1


LOSSES = [
    (PARITY, 'loss = "cross_entropy"', "", 'take loss = "bce"'),
    (TASK, 'loss = "cross_entropy"', "", 'take loss = "mse"'),
    (TASK, 'loss = "bce"', "", 'take loss = "mse"'),
    (COPY, 'loss = "bce"', "", 'take loss = "cross_entropy"'),
    (PARITY, 'loss = "bce"', 'output_activation = "identity"', '"sigmoid"'),
    (COPY, 'loss = "cross_entropy"', 'output_activation = "sigmoid"', '= "identity"'),
]


@pytest.mark.parametrize(("task", "loss", "outputs", "way_out"), LOSSES)
def test_what_is_wrong_with_a_loss_is_reported_once_and_its_advice_leads_out(
    tmp_path, task, loss, outputs, way_out
):
    (line,) = fault_of(tmp_path, model(outputs, task) + loss + "\n").splitlines()[1:]
    assert way_out in line
    advised = way_out.removeprefix("take ") if "loss" in way_out else loss
    assert len(load(tmp_path, model("", task) + advised + "\n")) == 1


def test_all_broken_rules_are_reported_at_once_and_after_single_faults(tmp_path):
    text = SINE + MODEL + 'output = "every"\n' + TRAIN
    text += 'gradient = "notebook"\nmomentum = 0.5\noptimizer = "adam"\nloss = "bce"\n'
    assert fault_of(tmp_path, text).splitlines()[0].endswith("3 faults")
    message = fault_of(tmp_path, text + "batch_size = 0\n")
    assert message.splitlines()[0].endswith("1 fault")
    assert "batch_size" in message


def test_a_rule_broken_a_thousand_times_takes_a_few_lines(tmp_path):
    text = GOOD + '[grid]\ntrain.optimizer = ["adam", "rmsprop"]\n'
    text += "train.momentum = {from = 0, to = 0.9, num = 1000}\n"
    lines = fault_of(tmp_path, text).splitlines()
    assert len(lines) == 1 + 3
    assert lines[-1].endswith("(and more of this kind)")


def test_only_what_comes_together_has_to_go_together(tmp_path):
    text = GOOD + '[grid]\ntrain.optimizer = ["sgd", "adam"]\n'
    momentum = "train.momentum = [0.0, 0.9]\n"
    assert "[grid] train.momentum = 0.9" in fault_of(tmp_path, text + momentum)
    when = text + '[[when]]\nif.train.optimizer = "sgd"\n' + momentum
    rows = [(t.config.train.optimizer, t.config.train.momentum) for t in load(tmp_path, when)]
    assert rows == [("sgd", 0.0), ("sgd", 0.9), ("adam", 0.0)]
    excluding = text + momentum + '[[exclude]]\ntrain.optimizer = "adam"\ntrain.momentum = 0.9\n'
    assert [t.trial_id for t in load(tmp_path, when)] == [
        t.trial_id for t in load(tmp_path, excluding)
    ]
    zipped = GOOD + '[[zip]]\ntrain.optimizer = ["sgd", "adam"]\ntrain.momentum = [0.9, 0.0]\n'
    assert len(load(tmp_path, zipped)) == 2
    drawn = GOOD + '[random]\ntrials = 50\ntrain.optimizer = ["sgd", "adam"]\n'
    message = fault_of(tmp_path, drawn + "train.momentum = {from = 0.1, to = 0.9}\n")
    assert re.search(r"\[random\] train.momentum = 0\.\d+, \[random\] train.optimizer", message)


def test_the_memory_of_a_network_is_that_of_its_states(tmp_path):
    # What one layer keeps of a sequence: 7 arrays of H values for a time step of an LSTM.
    text = '[task]\nname = "sine"\nseq_len = 999\nn_train = 1000\n[model]\nhidden_size = 200\n'
    text += 'cell = "%s"\nnum_layers = %d\n' + TRAIN + "batch_size = 1000\n"
    for cell, layers, arrays in (("rnn", 6, 2), ("gru", 3, 5), ("lstm", 2, 7)):
        states = layers * arrays * 1000 * 1000 * 200 * 4
        assert states > 8 * 2**30
        message = fault_of(tmp_path, text % (cell, layers))
        gib = float(re.search(r"at once takes ([\d.]+) GiB", message)[1])
        assert gib == pytest.approx(states / 2**30, rel=0.01)  # there are far fewer weights
        assert len(load(tmp_path, text % (cell, 1))) == 1


@pytest.mark.parametrize("recurrent", ["free", "low_rank"])
@pytest.mark.parametrize("cell", CELLS)
def test_the_params_of_a_network_are_counted_as_it_has_them(cell, recurrent):
    rank = 2 if recurrent == "low_rank" else 0
    shape = Shape(7, 3, 4, 10, 5, 5)
    sizes = Sizes(3, 6, 4, CELLS[cell], 2, Recurrent(recurrent, rank=rank))
    params = flat_size(sizes)
    assert n_params(CELLS[cell], 2, 6, recurrent, rank, shape) == params
    # those of the equations, and places for the biases that some sums do not have
    biases = sum(not each.has_bias for each in CELLS[cell].sums)
    assert params == count_params(sizes) + 2 * 6 * biases


def test_a_symbol_takes_one_number(tmp_path):
    text = '[task]\nname = "temporal_order"\nseq_len = %d\nn_train = 1_000_000\n' + MODEL + TRAIN
    assert len(load(tmp_path, text % 500)) == 1  # 8 bytes each: 3.7 GiB
    assert "600 time steps and 1 inputs" in fault_of(tmp_path, text % 600)


def test_the_largest_of_an_axis_stands_for_all_only_where_all_come(tmp_path):
    text = TASK + "[model]\n" + TRAIN + 'dtype = "float64"\n'
    grid = "[grid]\nmodel.hidden_size = [16, 16384]\ntask.seq_len = [4, 5]\n"
    message = fault_of(tmp_path, text + grid)
    assert "[grid] model.hidden_size = 16384" in message
    dtype = text.replace('dtype = "float64"\n', "")
    both = dtype + grid + '[[zip]]\ntrain.dtype = ["float32", "float64"]\n'
    excluded = '[[exclude]]\nmodel.hidden_size = 16384\ntrain.dtype = "float64"\n'
    assert "float64" in fault_of(tmp_path, both)
    assert len(load(tmp_path, both + excluded)) == 6


def test_windows_too_long_for_an_output_at_every_step(tmp_path):
    files(tmp_path)
    text = CSV.replace("window = 4", "window = 10") + MODEL
    assert len(load(tmp_path, text + TRAIN)) == 1
    message = fault_of(tmp_path, text + 'output = "every"\n' + TRAIN)
    assert "0 validation and 0 test sequences" in message
    assert '[model] output = "every"' in message


def test_an_npz_file_s_targets_decide_its_loss_and_output(tmp_path):
    x = np.zeros((10, 3), np.int64)
    x[0, 0] = 1
    np.savez(tmp_path / "a.npz", x=x, y=np.arange(10) % 4)
    text = '[task]\nname = "npz"\npath = "a.npz"\n' + MODEL + TRAIN
    classes = text + 'loss = "cross_entropy"\n'
    assert len(load(tmp_path, classes)) == 1
    assert "4 classes" in fault_of(tmp_path, text + 'loss = "mae"\n')
    message = fault_of(tmp_path, classes.replace(MODEL, MODEL + 'output = "every"\n'))
    assert 'its outputs: "last"' in message


def test_every_recipe_is_one_of_words():
    assert set(RECIPES) == set(INITIALIZATIONS)
    for recipe in RECIPES.values():
        assert {recipe.init_input, recipe.init_recurrent, recipe.init_output} <= set(MATRICES)


def test_every_rule_is_checked():
    lists = {
        id(rules): rules
        for module in iter_modules(rules_room.__path__, f"{rules_room.__name__}.")
        for name, rules in vars(import_module(module.name)).items()
        if name.endswith("_RULES")
    }
    written = [rule for rules in lists.values() for rule in rules]
    assert len(written) > 20
    assert len(written) == len(set(checking.RULES))
    assert set(written) == set(checking.RULES)


def test_points_that_come_together_stand_for_others_as_they_are(tmp_path):
    # 8 GiB are broken by 6000 units on 200 sequences, not by either with fewer of the other.
    text = '[task]\nname = "sine"\nseq_len = 999\nn_train = 1000\n[model]\n' + TRAIN
    zipped = text + "[[zip]]\nmodel.hidden_size = [6000, 5, 3]\ntrain.batch_size = %s\n"
    assert len(load(tmp_path, zipped % "[2, 200, 1]")) == 3
    message = fault_of(tmp_path, zipped % "[200, 200, 1]")
    assert "[[zip]] model.hidden_size = 6000, [[zip]] train.batch_size = 200" in message
    drawn = text + "[random]\ntrials = 3000\nmodel.hidden_size = {from = 1, to = 6000}\n"
    assert len(load(tmp_path, drawn + "train.batch_size = {from = 1, to = 50}\n")) > 2900
    message = fault_of(tmp_path, drawn + "train.batch_size = [1, 200]\n")
    assert "[random] train.batch_size = 200" in message
    assert "[random] train.batch_size = 1:" not in message
