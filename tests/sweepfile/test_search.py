"""All search forms: which trials exist, in which order, and what is wrong with a form."""

import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sweep_cases import GOOD, fault_of, load

from rnnsweep.sweepfile.search import existing, expansion

TABLES = ["task", "model", "train", "stop", ""]

# Keys that no rule ties together, their defaults in the file above, and a few values.
FREE = {
    "task.n_train": (1024, [5, 6, 7]),
    "model.hidden_size": (8, [3, 4, 8]),
    "model.activation": ("tanh", ["relu", "tanh", "sin"]),
    "train.batch_size": (32, [1, 2, 32]),
    "train.clip_norm": (0.0, [0.0, 1.0, 2.0]),
    "train.epochs": (3, [1, 2, 3]),
    "stop.patience": (0, [0, 1, 2]),
    "seed": (0, [0, 1, 2]),
}


def column(key):
    return key.replace("task.", "task_").rpartition(".")[2]


# Any search, written out and expanded by a slow twin.


@st.composite
def searches(draw):
    """Blocks of a file: (form, condition, axes), the axes and the condition by key."""
    keys = draw(st.permutations(sorted(FREE)))
    blocks, given = [], []
    for _ in range(draw(st.integers(1, 5))):
        if not keys:
            break
        form = draw(st.sampled_from(["grid", "zip", "when"]))
        own = [keys.pop() for _ in range(min(len(keys), draw(st.integers(1, 2))))]
        condition = {}
        if form == "when":
            others = [key for key in given if key not in own]
            assume(others)
            condition = draw(conditions(others))
        length = draw(st.integers(1, 3))
        least = length if form == "zip" else 1
        axes = {}
        for key in own:
            values = st.lists(st.sampled_from(FREE[key][1]), min_size=least, max_size=length)
            axes[key] = draw(values if form == "zip" else values.filter(different))
        if form == "zip":
            assume(different(zip(*axes.values(), strict=True)))
        blocks.append((form, condition, axes))
        given += own
    excluded = [draw(conditions(given)) for _ in range(draw(st.integers(0, 2)))]
    return blocks, excluded


def different(values):
    values = list(values)
    return len(set(values)) == len(values)


def conditions(keys):
    def of(key):
        return st.lists(st.sampled_from(FREE[key][1]), min_size=1, max_size=2, unique=True)

    chosen = st.lists(st.sampled_from(keys), min_size=1, max_size=2, unique=True)
    return chosen.flatmap(lambda some: st.fixed_dictionaries({key: of(key) for key in some}))


def written(blocks, excluded):
    """The blocks as a file: all of [grid] in one table."""
    grid = {key: axis for form, _, axes in blocks if form == "grid" for key, axis in axes.items()}
    text = GOOD + "[grid]\n" + lines(grid)
    for form, condition, axes in blocks:
        if form != "grid":
            text += f"[[{form}]]\n{lines(condition, 'if.')}{lines(axes)}"
    return text + "".join(f"[[exclude]]\n{lines(condition)}" for condition in excluded)


def lines(values, prefix=""):
    return "".join(f"{prefix}{key} = {json.dumps(value)}\n" for key, value in values.items())


def dimensions_in_order(blocks):
    """The dimensions as (axes by key, condition), the slowest first."""
    dimensions = []
    for form in ("zip", "grid", "when"):
        for own, condition, axes in blocks:
            if own == form == "zip":
                dimensions.append((dict(sorted(axes.items(), key=rank)), {}))
            elif own == form:
                dimensions += [({key: values}, condition) for key, values in axes.items()]
    return sorted(dimensions, key=lambda dimension: rank(next(iter(dimension[0].items()))))


def rank(item):
    return TABLES.index(item[0].rpartition(".")[0])


def matches(condition, settings):
    return all(settings[key] in values for key, values in condition.items())


def expanded(blocks):
    """Every combination that exists, as its digits in the order of trials and its settings."""
    dimensions = dimensions_in_order(blocks)
    # The blocks come with every condition behind the axes that it is on.
    by_block = [axes for _, _, of_block in blocks for axes in split(of_block, dimensions)]
    rows = []

    def grow(settings, digits, left):
        if not left:
            rows.append((tuple(digits[id(axes)] for axes, _ in dimensions), settings))
            return
        axes = left[0]
        (condition,) = (c for other, c in dimensions if other is axes)
        if not matches(condition, settings):
            grow(settings, digits | {id(axes): -1}, left[1:])
            return
        for i, values in enumerate(zip(*axes.values(), strict=True)):
            changed = dict(zip(axes, values, strict=True))
            grow(settings | changed, digits | {id(axes): i}, left[1:])

    grow({key: default for key, (default, _) in FREE.items()}, {}, by_block)
    return [settings for _, settings in sorted(rows, key=lambda each: each[0])]


def split(of_block, dimensions):
    """The dimensions of one block, each once."""
    return [axes for axes, _ in dimensions if set(axes) <= set(of_block)]


def is_refused(blocks, excluded, combinations):
    """Whether a condition asks for a value that never occurs, or an exclusion leaves nothing."""
    for condition in [c for _, c, _ in blocks] + excluded:
        for key, values in condition.items():
            if any(all(s[key] != value for s in combinations) for value in values):
                return True
        if not any(matches(condition, s) for s in combinations):
            return True
    return all(any(matches(c, s) for c in excluded) for s in combinations)


@settings(max_examples=200, deadline=None)
@given(searches())
def test_any_search_expands_as_its_definition_says(tmp_path_factory, search):
    blocks, excluded = search
    folder = tmp_path_factory.getbasetemp()
    combinations = expanded(blocks)
    text = written(blocks, excluded)
    if is_refused(blocks, excluded, combinations):
        message = fault_of(folder, text)
        assert any(p in message for p in ("never takes", "never come together", "no trial"))
        return
    expected = [s for s in combinations if not any(matches(c, s) for c in excluded)]
    sweep = load(folder, text)
    assert len(sweep) == len(expected)
    rows = [trial.config.settings() for trial in sweep]
    assert [{key: each[column(key)] for key in FREE} for each in rows] == expected
    assert len({trial.trial_id for trial in sweep}) == len(expected)
    swept = {key for _, _, axes in blocks for key in axes}
    assert {axis.key for axis in sweep.axes} == swept
    assert [sweep[i] for i in range(-len(sweep), 0)] == list(sweep)
    # What differs in a few settings alone, and how often.
    alike = set(sorted(swept)[::2])
    shapes = [(config.settings(), count) for config, count in sweep.shapes(alike)]
    names = [column(key) for key in sorted(swept - alike)]
    counts = Counter(tuple(each[name] for name in names) for each in rows)
    grouped = Counter()
    for each, count in shapes:
        grouped[tuple(each[name] for name in names)] += count
    assert grouped == counts
    # Which shape each trial has.
    numbers = sweep.shape_numbers(alike)
    assert len(numbers) == len(sweep)
    for number, each in zip(numbers, rows, strict=True):
        assert all(shapes[number][0][name] == each[name] for name in names)
    # A part of the trials is a sweep as well.
    positions = np.arange(len(sweep))[1::2]
    part = sweep.part(positions, "2/2")
    assert [*part] == [*sweep][1::2]
    assert [*part.positions] == positions.tolist()
    assert part.n_in_file == len(sweep)
    assert [part.trial_at(position) for position in positions] == [*part]
    of_part = np.bincount(numbers[1::2], minlength=len(shapes))
    assert [count for _, count in part.shapes(alike)] == [*filter(None, of_part)]


# The forms one by one.


def test_lists_of_a_zip_advance_together(tmp_path):
    text = "[[zip]]\ntrain.epochs = [10, 20, 40]\ntask.seq_len = [4, 4, 6]\n"
    sweep = load(tmp_path, GOOD + "[grid]\nmodel.hidden_size = [1, 2]\n" + text)
    rows = [(t.config.task.seq_len, t.config.train.epochs, t.config.model.hidden_size)
             for t in sweep]  # fmt: skip
    pairs = [(4, 10), (4, 20), (6, 40)]
    assert rows == [(*pair, size) for pair in pairs for size in (1, 2)]
    assert [(axis.name, axis.values) for axis in sweep.axes] == [
        ("task_seq_len", (4, 6)),
        ("epochs", (10, 20, 40)),
        ("hidden_size", (1, 2)),
    ]


def test_a_zip_takes_ranges_and_seeds(tmp_path):
    text = "[[zip]]\nseed = [7, 8, 9]\ntrain.learning_rate = {from = 0.1, to = 0.3, num = 3}\n"
    sweep = load(tmp_path, GOOD + text + "[grid]\nmodel.hidden_size = [1, 2]\n")
    rows = [(t.config.seed, t.config.train.learning_rate) for t in sweep[:3]]
    assert rows == [(7, 0.1), (8, 0.2), (9, 0.3)]
    assert len(sweep) == 6


def test_several_whens_share_a_key(tmp_path):
    text = GOOD + '[grid]\ntrain.optimizer = ["sgd", "adam", "adamw"]\nseed = [0, 1]\n'
    text += '[[when]]\nif.train.optimizer = "sgd"\ntrain.learning_rate = [0.1, 1.0]\n'
    text += "train.momentum = [0.0, 0.9]\n"
    text += '[[when]]\nif.train.optimizer = ["adam", "adamw"]\ntrain.learning_rate = [0.001]\n'
    sweep = load(tmp_path, text)
    rows = [(t.config.train.optimizer, t.config.train.learning_rate, t.config.train.momentum)
             for t in sweep[::2]]  # fmt: skip
    assert rows == [
        ("sgd", 0.1, 0.0), ("sgd", 0.1, 0.9), ("sgd", 1.0, 0.0), ("sgd", 1.0, 0.9),
        ("adam", 0.001, 0.0), ("adamw", 0.001, 0.0),
    ]  # fmt: skip
    assert [axis.name for axis in sweep.axes] == [
        "optimizer", "learning_rate", "momentum", "seed"
    ]  # fmt: skip
    assert sweep.axes[1].values == (0.1, 1.0, 0.001)


def test_a_required_key_may_stand_in_whens_alone_where_they_leave_no_gap(tmp_path):
    text = GOOD.replace("learning_rate = 0.1\n", "") + '[grid]\ntrain.optimizer = ["sgd", "adam"]\n'
    text += '[[when]]\nif.train.optimizer = "sgd"\ntrain.learning_rate = [0.1, 1.0]\n'
    message = fault_of(tmp_path, text)
    missing = '[train] learning_rate: this key is missing where [grid] train.optimizer = "adam"'
    assert missing in message
    text += '[[when]]\nif.train.optimizer = "adam"\ntrain.learning_rate = [0.01]\n'
    assert len(load(tmp_path, text)) == 3


def test_tasks_bring_their_own_keys_under_conditions(tmp_path):
    text = GOOD.replace("seq_len = 10\n", "") + '[grid]\ntask.name = ["copy", "sine", "adding"]\n'
    text += '[[when]]\nif.task.name = "copy"\ntask.delay = [3, 4]\n'
    text += '[[when]]\nif.task.name = ["adding", "sine"]\ntask.seq_len = [5, 6]\n'
    text += '[[when]]\nif.task.name = "sine"\ntask.noise = [0.0]\n'
    trials = [t.config.settings() for t in load(tmp_path, text)]
    rows = [(s["task"], s.get("task_delay"), s.get("task_seq_len"), s["loss"]) for s in trials]
    assert rows == [
        ("copy", 3, None, "cross_entropy"), ("copy", 4, None, "cross_entropy"),
        ("sine", None, 5, "mse"), ("sine", None, 6, "mse"),
        ("adding", None, 5, "mse"), ("adding", None, 6, "mse"),
    ]  # fmt: skip
    assert {s.get("task_noise") for s in trials} == {None, 0.0}
    less = text.replace('["adding", "sine"]', '"sine"')
    missing = '[task] seq_len: this key is missing where [grid] task.name = "adding"'
    assert missing in fault_of(tmp_path, less)


def test_a_condition_may_be_on_a_default(tmp_path):
    text = GOOD + '[grid]\nmodel.init = ["torch", "orthogonal", "identity"]\n'
    when = '[[when]]\nif.model.init_recurrent = ["orthogonal", "identity"]\n'
    sweep = load(tmp_path, text + when + "model.spectral_radius = [0.9, 1.1]\n")
    rows = [(t.config.model.init, t.config.model.spectral_radius) for t in sweep]
    assert rows == [
        ("torch", 0.0), ("orthogonal", 0.9), ("orthogonal", 1.1), ("identity", 0.9),
        ("identity", 1.1),
    ]  # fmt: skip
    named = (
        GOOD.replace('name = "adding"\n', "") + '[grid]\ntask.name = ["temporal_order", "sine"]\n'
    )
    named += '[[when]]\nif.train.loss = "cross_entropy"\nmodel.cell = ["rnn", "gru"]\n'
    cells = [(t.config.task.name, t.config.model.cell) for t in load(tmp_path, named)]
    assert cells == [("temporal_order", "rnn"), ("temporal_order", "gru"), ("sine", "rnn")]
    # The loss is the task's own, so that it may depend on any key of the task.
    message = fault_of(
        tmp_path, named.replace("model.cell", "task.n_val").replace('"rnn", "gru"', "4")
    )
    assert "depend on their own axes" in message


def test_conditions_may_depend_on_conditions(tmp_path):
    text = GOOD + '[grid]\ntrain.optimizer = ["adam", "sgd"]\n'
    text += "[[when]]\nif.train.momentum = 0.9\ntrain.nesterov = [false, true]\n"
    text += '[[when]]\nif.train.optimizer = "sgd"\ntrain.momentum = [0.0, 0.9]\n'
    rows = [(t.config.train.momentum, t.config.train.nesterov) for t in load(tmp_path, text)]
    # nesterov comes before momentum, as its block does.
    assert rows == [(0.0, False), (0.0, False), (0.9, False), (0.9, True)]


def test_a_key_of_a_list_is_excluded_by_lists(tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n" + "".join(f"{i},{i % 5}\n" for i in range(40)))
    text = '[task]\nname = "csv"\npath = "a.csv"\ntarget = "y"\nwindow = 4\n'
    text += "[model]\nhidden_size = 2\n[train]\nlearning_rate = 1\nepochs = 1\n"
    text += '[grid]\ntask.inputs = [["x"], ["x", "y"], ["y"]]\n[[exclude]]\ntask.inputs = %s\n'
    for one in ('["x"]', '[["x"]]'):
        inputs = [t.config.task.inputs for t in load(tmp_path, text % one)]
        assert inputs == [("x", "y"), ("y",)]
    assert len(load(tmp_path, text % '[["x"], ["y"]]')) == 1


def test_a_million_combinations_next_to_an_exclusion_are_not_listed(tmp_path):
    text = GOOD + "[grid]\nseed = {from = 1, to = 1_000_000, num = 1_000_000}\n"
    text += 'model.activation = ["tanh", "relu"]\ntrain.optimizer = ["sgd", "adam"]\n'
    text += '[[exclude]]\nmodel.activation = "relu"\ntrain.optimizer = "adam"\n'
    sweep = load(tmp_path, text)
    assert len(sweep) == 3_000_000
    last = sweep[-1].config
    assert (last.model.activation, last.train.optimizer, last.seed) == ("relu", "sgd", 1_000_000)
    assert sweep[1_000_000].config.train.optimizer == "adam"


# What is wrong with a form, and fragments of the line that says so.
ZIP, WHEN, EXCLUDE = "[[zip]]\n", "[[when]]\n", "[[exclude]]\n"
IF_SGD = WHEN + 'if.train.optimizer = "sgd"\n'
OPTIMIZERS = '[grid]\ntrain.optimizer = ["sgd", "adam"]\n'
WRONG = [
    (ZIP, ["[[zip]]: this block is empty"]),
    ("[zip]\nmodel.hidden_size = [1]\n", ["[zip]", "under [[zip]]", "double brackets"]),
    (ZIP + "model.hidden_size = [1, 2]\ntrain.epochs = [1, 2, 3]\n",
     ["[[zip]]: lists", "need one length", "2 of model.hidden_size, 3 of train.epochs"]),
    (ZIP + "model.hidden_size = [1, 2, 1]\ntrain.epochs = [1, 2, 1]\n",
     ["[[zip]]: values 1 and 3 of its lists are alike"]),
    (ZIP + "model.hidden_size = 4\n", ["[[zip]] model.hidden_size: 4 given", "an axis is"]),
    (ZIP + "model.hiden_size = [4]\n", ["[[zip]] model.hiden_size", "mean model.hidden_size?"]),
    (ZIP + "hidden_size = [4]\n", ["[[zip]] hidden_size", "mean model.hidden_size?"]),
    (ZIP + "model = 4\n", ["[[zip]] model: 4 given", "model.hidden_size = [...]"]),
    (ZIP + "metrics.saturation = [true]\n", ["[[zip]] metrics: no axis"]),
    (ZIP + "model.hidden_size = [1]\n" + ZIP + "model.hidden_size = [0]\n",
     ["[[zip]] 2 model.hidden_size, value 1: 0 given"]),
    (ZIP + "model.hidden_size = [1, 2]\n[grid]\nmodel.hidden_size = [3]\n",
     ["[grid], [[zip]]: each of these has an axis of model.hidden_size"]),
    (IF_SGD + "model.hidden_size = [1, 2]\n[grid]\nmodel.hidden_size = [3]\n",
     ["[grid], [[when]]: each of these has an axis of model.hidden_size"]),
    (EXCLUDE, ["[[exclude]]: this block is empty"]),
    (EXCLUDE + 'model.activation = "relu"\n',
     ['"relu" given, which it never takes here', 'no axis varies it, and it is "tanh" (the def']),
    (EXCLUDE + 'model.activation = "tanh"\n',
     ['[[exclude]] model.activation: "tanh" given', '"tanh" (the default) in all', "no trial"]),
    (EXCLUDE + 'model.activation = "rleu"\n', ['"rleu" given', 'did you mean "relu"?']),
    (EXCLUDE + "model.activation = []\n", ["[[exclude]] model.activation", "empty list"]),
    (EXCLUDE + 'model.activtion = "tanh"\n', ["[[exclude]] model.activtion", "model.activation?"]),
    (EXCLUDE + "train = 3\n", ["[[exclude]] train: 3 given", "train.learning_rate = ..."]),
    (OPTIMIZERS + EXCLUDE + 'train.optimizer = ["sgd", "adam"]\n',
     ['[[exclude]] train.optimizer = ["sgd", "adam"]: this leaves no trial']),
    (OPTIMIZERS + EXCLUDE + 'train.optimizer = "sgd"\n' + EXCLUDE + 'train.optimizer = "adam"\n',
     ["[[exclude]] 1, [[exclude]] 2: together these leave no trial"]),
    (IF_SGD.replace('"sgd"', '["sgd", "adam"]') + "train.momentum = [0.1]\n" + OPTIMIZERS + EXCLUDE
     + "train.momentum = 0.5\n", ["[[exclude]] train.momentum: 0.5", "it takes 0.1"]),
    (OPTIMIZERS + ZIP + 'model.activation = ["sin", "elu"]\nmodel.hidden_size = [1, 2]\n' + EXCLUDE
     + 'model.activation = "sin"\nmodel.hidden_size = 2\n', ["these values never come together"]),
    (WHEN + "train.momentum = [0.1]\n", ["[[when]] if: a condition is missing"]),
    (WHEN + "if = {}\ntrain.momentum = [0.1]\n", ["[[when]] if: a condition is missing"]),
    (WHEN + "if = 3\ntrain.momentum = [0.1]\n", ["[[when]] if: 3 given"]),
    (IF_SGD, ["[[when]]: this block has no axis"]),
    ("[when]\nif.train.optimizer = 'sgd'\n", ["[when]", "under [[when]]"]),
    (IF_SGD.replace("sgd", "adam") + "train.momentum = [0.1]\n",
     ['[[when]] if train.optimizer: "adam" given, and no axis varies', '"sgd" (the default) in all',
      "never holds; put train.optimizer into [grid]"]),
    (IF_SGD + "train.momentum = [0.1]\n",
     ['[[when]] if train.optimizer: "sgd" given, and no axis', "put the block's axes into [grid]"]),
    (OPTIMIZERS + IF_SGD + "if.model.cell = ['rnn', 'gru']\ntrain.momentum = [0.1]\n",
     ['[[when]] if model.cell: ["rnn", "gru"] given, and no axis', "always holds; leave it out"]),
    ("[grid]\ntask.seq_len = [4, 5]\n" + WHEN + "if.train.loss = 'mse'\ntrain.momentum = [0.1]\n",
     ["[[when]] if train.loss", "always holds"]),
    (OPTIMIZERS + IF_SGD.replace("sgd", "rmsprop") + "train.momentum = [0.1]\n",
     ['[[when]] if train.optimizer: "rmsprop" given, which it never takes here; it takes "sgd"']),
    (IF_SGD.replace("sgd", "sgdd") + "train.momentum = [0.1]\n", ['mean "sgd"?']),
    (WHEN + "if.train.optimiser = 'sgd'\ntrain.momentum = [0.1]\n", ["train.optimizer?"]),
    (WHEN + "if.optimizer = 'sgd'\ntrain.momentum = [0.1]\n", ["mean train.optimizer?"]),
    (WHEN + "if.metrics.saturation = true\ntrain.momentum = [0.1]\n", ["if metrics: no axis"]),
    (WHEN + "if.train.momentum = 0.1\ntrain.momentum = [0.1, 0.2]\n", ["own axes"]),
    (WHEN + "if.train.momentum = 0.1\nmodel.init = ['he', 'torch']\n"
     + WHEN + "if.model.init = 'he'\ntrain.momentum = [0.1, 0.2]\n",
     ["[[when]] 1, [[when]] 2: these conditions depend on their own axes"]),
    (OPTIMIZERS + 2 * (IF_SGD + "train.momentum = [0.1]\n"),
     ["[[when]] 1, [[when]] 2: train.momentum has an axis in each", "exclude each other"]),
    (OPTIMIZERS + ZIP + "model.hidden_size = [1, 2]\ntrain.epochs = [1, 2]\n" + WHEN
     + "if.model.hidden_size = 1\nif.train.epochs = 2\ntrain.momentum = [0.1]\n",
     ["[[when]]: these values never come together"]),
    (WHEN + "if.task.name = 'adding'\ntask.noise = [0.1]\n",
     ["[[when]] task.noise", 'the task "adding" has no such key']),
    (WHEN + "if.task.name = 'sine'\ntask.seq_len = [4]\n",
     ['"sine" given, and no axis varies this', '"adding" in all trials']),
    (EXCLUDE + "task.noise = 0.1\n", ['the task "adding" has no such key']),
]  # fmt: skip


@pytest.mark.parametrize(("text", "fragments"), WRONG)
def test_a_fault_of_a_form_is_reported(tmp_path, text, fragments):
    rows = fault_of(tmp_path, GOOD + text).splitlines()[1:]
    assert any(all(fragment in line for fragment in fragments) for line in rows), rows


def test_what_depends_on_a_wrong_condition_is_not_reported_as_well(tmp_path):
    text = GOOD + OPTIMIZERS + IF_SGD.replace("sgd", "rmsprop")
    text += "train.momentum = [0.0, 0.9]\ntrain.clip_norm = [1.0, 2.0]\n"
    text += WHEN + "if.train.momentum = 0.9\ntrain.nesterov = [false, true]\n"
    text += EXCLUDE + "train.nesterov = true\ntrain.clip_norm = 2.0\n"
    (line,) = fault_of(tmp_path, text).splitlines()[1:]
    assert '[[when]] 1 if train.optimizer: "rmsprop" given' in line


def test_keys_of_some_tasks_alone_belong_under_a_condition(tmp_path):
    text = GOOD.replace('name = "adding"\nseq_len = 10\n', "")
    text += '[grid]\ntask.name = ["adding", "copy"]\n'
    lines = fault_of(tmp_path, text.replace("[task]\n", "[task]\nseq_len = 4\n")).splitlines()[1:]
    assert 'the task "copy" has no such key' in lines[0]
    assert 'task.seq_len as an axis in a [[when]] with if.task.name = "adding"' in lines[0]
    assert "[task] delay: this key is missing" in lines[1]
    assert 'task.delay as an axis in a [[when]] with if.task.name = "copy"' in lines[1]
    copying = WHEN + 'if.task.name = "copy"\ntask.%s\n'
    adding = WHEN + 'if.task.name = "adding"\ntask.seq_len = [4]\n'
    message = fault_of(tmp_path, text + adding + copying % "delay = 5")
    assert message.endswith("write [5]")  # in [task] it would be refused
    assert "or put the single value into [task]" in fault_of(
        tmp_path, text + adding + copying % "delay = [5]\ntask.n_train = 5"
    )
    assert len(load(tmp_path, text + adding + copying % "delay = [5]")) == 2


def test_faults_of_all_forms_are_reported_at_once(tmp_path):
    text = ZIP + "model.hidden_size = [0]\n" + EXCLUDE + "[random]\ntrials = 0\n" + WHEN
    text += "if.train.optimizer = 'sdg'\ntrain.momentum = []\n[grid]\ntrain.epochs = 3\n"
    lines = fault_of(tmp_path, GOOD + text).splitlines()
    assert len(lines) == 1 + 7


def test_too_many_trials_are_not_made(tmp_path):
    grid = "[grid]\nmodel.hidden_size = {from = 1, to = 10000, num = 10000}\n"
    zipped = ZIP + "task.seq_len = {from = 2, to = 1001, num = 1000}\n"
    zipped += "train.epochs = {from = 1, to = 1000, num = 1000}\n[random]\ntrials = 30\n"
    text = GOOD + grid + zipped + "train.clip_norm = {from = 0, to = 1}\n"
    message = fault_of(tmp_path, text)
    assert "300000000 trials" in message
    assert "30 draws" in message
    assert "1000 task.seq_len with train.epochs" in message
    assert "at most 10000000" in message
    left_out = EXCLUDE + "model.hidden_size = 3\n"
    message = fault_of(tmp_path, text + left_out)
    assert "before any is left out; allowed: at most 100000000" in message


def test_what_is_left_out_does_not_count(tmp_path, monkeypatch):
    text = GOOD + "[grid]\nmodel.hidden_size = [1, 2, 3, 4]\ntrain.epochs = [1, 2, 3, 4]\n"
    text += EXCLUDE + "model.hidden_size = [1, 2]\n"
    monkeypatch.setattr(expansion, "MAX_TRIALS", 8)
    monkeypatch.setattr(existing, "MAX_TRIALS", 8)
    assert len(load(tmp_path, text)) == 8
    assert "12 trials; allowed: at most 8" in fault_of(tmp_path, text.replace("[1, 2]\n", "1\n"))
    tied = text + "train.epochs = 1\n"
    assert "16 combinations of these" in fault_of(tmp_path, tied)
