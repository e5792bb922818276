"""Every number of a file that its precision cannot represent is refused, in every place."""

import json

import pytest
from sweep_cases import fault_of, load

from rnnsweep.precision import limits
from rnnsweep.sweepfile.keys import TABLES, TASK_KEYS, all_keys, any_keys
from rnnsweep.sweepfile.rules.precision import LEAST_DROPOUT, NOT_IN_KERNELS, number_keys
from rnnsweep.vocabulary import DTYPES

# What else a key needs, so that it has an effect.
NEEDED = {
    "model.init_std": {"model.init": "normal"},
    "model.forget_bias": {"model.cell": "lstm"},
    "model.antisymmetric_gamma": {"model.recurrent": "antisymmetric"},
    "train.huber_delta": {"train.loss": "huber"},
    "train.weight_decay": {"train.optimizer": "adamw"},
    "train.decay": {"train.schedule": "exponential"},
    "train.dropout": {"model.num_layers": 2},
}
BASE = {
    "task.name": "adding",
    "task.seq_len": 24,
    "model.hidden_size": 4,
    "train.learning_rate": 1.0,
    "train.epochs": 1,
}
KEYS = {key.dotted: key for key in number_keys(all_keys())}
# Too small for float32, and for both.
SMALL = {"float32": 1e-40, "float64": 1e-310}


def written(settings, search=""):
    tables = {}
    for key, value in settings.items():
        table, _, name = key.rpartition(".")
        tables.setdefault(table, []).append(f"{name} = {json.dumps(value)}")
    lines = (f"[{table}]\n" + "\n".join(own) + "\n" for table, own in tables.items())
    return "".join(lines) + search


def base(key, dtype):
    """Settings in which a key counts; one of a task is given with the first task that has it."""
    settings = BASE | NEEDED.get(key, {}) | {"train.dtype": dtype}
    name = key.removeprefix("task.")
    if key.startswith("task.") and name not in TASK_KEYS[settings["task.name"]]:
        settings["task.name"] = next(task for task, keys in TASK_KEYS.items() if name in keys)
    return settings


def test_every_key_of_numbers_is_checked_or_named_as_one_that_no_kernel_takes():
    of_tasks = [key for keys in TASK_KEYS.values() for key in keys.values()]
    others = [key for table in TABLES[1:] for key in any_keys(table).values()]
    numbers = {key.dotted for key in (*of_tasks, *others) if key.type == "number"}
    assert numbers == {*KEYS, *NOT_IN_KERNELS}
    assert {"train.learning_rate", "train.l2", "stop.val_loss_below", "task.noise"} <= set(KEYS)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("key", KEYS)
def test_a_number_that_is_0_in_the_precision_is_refused(tmp_path, key, dtype):
    small, table = SMALL[dtype], base(key, dtype)
    one = fault_of(tmp_path, written(table | {key: small}))
    name = key.partition(".")
    assert f'[{name[0]}] {name[2]} = {small}, [train] dtype = "{dtype}"' in one
    assert "this is 0 in" in one or key == "train.dropout"
    assert f"{limits('float32').smallest:.7e}"[:9] in one or dtype == "float64"
    assert ('take dtype = "float64"' in one) == (dtype == "float32")
    fitting = {"train.decay": 0.5, "train.momentum": 0.5, "train.dropout": 0.5}.get(key, 1.0)
    others = {name: value for name, value in table.items() if name != key}
    axis = f"{key} = [{fitting}, {small}]\n"
    assert f"[grid] {key} = {small}" in fault_of(tmp_path, written(others, f"[grid]\n{axis}"))
    zipped = f"[[zip]]\n{axis}seed = [0, 1]\n"
    assert f"[[zip]] {key} = {small}" in fault_of(tmp_path, written(others, zipped))
    drawn = f"[random]\ntrials = 30\n{axis}"
    assert f"[random] {key} = {small}" in fault_of(tmp_path, written(others, drawn))
    drawn = f"[random]\ntrials = 30\n{key} = {{from = {small}, to = {2 * small}}}\n"
    assert f"[random] {key} = " in fault_of(tmp_path, written(others, drawn))
    assert load(tmp_path, written(others | {key: fitting}))


@pytest.mark.parametrize("key", [key for key in KEYS if key != "train.dropout"])
def test_the_precision_is_that_of_each_trial(tmp_path, key):
    small = SMALL["float32"]
    others = {n: v for n, v in base(key, "float64").items() if n not in (key, "train.dtype")}
    fitting = {"train.decay": 0.5, "train.momentum": 0.5}.get(key, 1.0)
    both = f'[grid]\ntrain.dtype = ["float32", "float64"]\n{key} = [{small}, {fitting}]\n'
    assert f'[grid] {key} = {small}, [grid] train.dtype = "float32"' in fault_of(
        tmp_path, written(others, both)
    )
    excluded = f'[[exclude]]\n{key} = {small}\ntrain.dtype = "float32"\n'
    assert len(load(tmp_path, written(others, both + excluded))) == 3
    zipped = f'[[zip]]\ntrain.dtype = ["float32", "float64"]\n{key} = [{fitting}, {small}]\n'
    assert len(load(tmp_path, written(others, zipped))) == 2


def test_a_key_of_some_tasks_alone(tmp_path):
    text = written({k: v for k, v in BASE.items() if k != "task.name"})
    text += '[grid]\ntask.name = ["adding", "sine"]\n[[when]]\nif.task.name = "sine"\n'
    assert len(load(tmp_path, text + "task.noise = [0.0, 0.1]\n")) == 3
    assert "[[when]] task.noise = 1e-40" in fault_of(tmp_path, text + "task.noise = [1e-40]\n")


@pytest.mark.parametrize(("dtype", "one"), [("float32", 0.99999998), ("float64", None)])
def test_a_momentum_that_is_rounded_to_1_is_refused(tmp_path, dtype, one):
    table = base("train.momentum", dtype)
    most = {"float32": 0.99999994, "float64": 0.9999999999999999}[dtype]
    assert load(tmp_path, written(table | {"train.momentum": most}))
    if one:
        message = fault_of(tmp_path, written(table | {"train.momentum": one}))
        assert "this is 1 in float32; allowed: at most 0.99999994; or take dtype" in message


def test_a_rate_that_is_0_after_one_decay_is_refused(tmp_path):
    table = base("train.decay", "float32") | {"train.decay": 1e-30}
    assert load(tmp_path, written(table))
    message = fault_of(tmp_path, written(table | {"train.learning_rate": 1e-10}))
    assert "after one decay the learning rate is 1e-40, which is 0 in float32" in message
    wide = written(
        {k: v for k, v in BASE.items() if k != "train.learning_rate"},
        "[grid]\ntrain.learning_rate = {from = 1e-3, to = 1, num = 1_000_000}\n",
    )
    assert len(load(tmp_path, wide)) == 1_000_000  # looked through once


def test_a_dropout_that_drops_nothing_is_refused(tmp_path):
    table = base("train.dropout", "float64")
    assert int(LEAST_DROPOUT * 2**32) == 1  # as `kernels.dropout` compares
    assert load(tmp_path, written(table | {"train.dropout": LEAST_DROPOUT}))
    message = fault_of(tmp_path, written(table | {"train.dropout": 1e-10}))
    assert "no element would be dropped" in message
