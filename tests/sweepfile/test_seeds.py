"""The seeds of a file: what each is by default, the order of trials, ids, and what is refused."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from own_cases import MAJORITY
from sweep_cases import GOOD, fault_of, load

from rnnsweep.errors import SweepError
from rnnsweep.vocabulary import SEEDS

APART = SEEDS[1:]
WITH_SERIES = """
[task]
name = "csv"
path = "series.csv"
inputs = ["y"]
target = "y"
window = 5
[model]
hidden_size = 4
[train]
learning_rate = 0.1
epochs = 2
"""


@pytest.fixture
def series(tmp_path):
    (tmp_path / "series.csv").write_text("y\n" + "".join(f"{i % 7}\n" for i in range(200)))
    return tmp_path


def seeds_of(config):
    return config.seed_data, config.seed_init, config.seed_order


def id_of(folder, **seeds):
    head = "".join(f"{name} = {value}\n" for name, value in seeds.items())
    (trial,) = load(folder, head + GOOD)
    return trial.trial_id


@pytest.mark.parametrize("named", [(), ("seed_data",), ("seed_init", "seed_order"), APART])
def test_each_seed_is_that_of_the_file_or_else_seed(tmp_path, named):
    head = "seed = 7\n" + "".join(f"{name} = {i}\n" for i, name in enumerate(named))
    sweep = load(tmp_path, head + GOOD)
    config = sweep[0].config
    want = {name: named.index(name) if name in named else 7 for name in APART}
    assert {name: getattr(config, name) for name in APART} == want
    assert sweep.seeds == ("seed", *named)
    columns = [name for name in config.settings() if name.startswith("seed")]
    assert columns == ["seed", *named]
    assert [config.settings()[name] for name in named] == [*range(len(named))]


def test_seeds_vary_fastest_in_their_own_order(tmp_path):
    axes = "seed_order = [0, 1]\nseed_init = [2, 3]\nseed = [4, 5]\nmodel.hidden_size = [1, 2]\n"
    sweep = load(tmp_path, GOOD + "[grid]\n" + axes)
    rows = [
        (c.model.hidden_size, c.seed, c.seed_init, c.seed_order)
        for c in (trial.config for trial in sweep)
    ]
    assert rows == [*itertools.product((1, 2), (4, 5), (2, 3), (0, 1))]
    assert all(trial.config.seed_data == trial.config.seed for trial in sweep)
    assert len({trial.trial_id for trial in sweep}) == 16


few = st.integers(0, 2)


@given(st.lists(st.tuples(few, *[st.none() | few] * 3), min_size=2, max_size=2))
def test_ids_are_equal_where_all_that_is_drawn_is(tmp_path_factory, points):
    folder = tmp_path_factory.getbasetemp()
    trials = []
    for point in points:
        values = dict(zip(SEEDS, point, strict=True))
        head = "".join(f"{name} = {v}\n" for name, v in values.items() if v is not None)
        trials += load(folder, head + GOOD)
    one, two = (seeds_of(trial.config) for trial in trials)
    assert (trials[0].trial_id == trials[1].trial_id) == (one == two)


PLACES = ("none", "top", "grid", "zip", "random", "when activation", "when seed", "when seed_init")


@settings(max_examples=150)
@given(st.fixed_dictionaries({name: st.sampled_from(PLACES) for name in SEEDS}), st.data())
def test_no_sweep_has_a_trial_twice(tmp_path_factory, places, data):
    lists = st.lists(few, min_size=2, max_size=2, unique=True)
    head, blocks = "", {}
    for name, place in places.items():
        if place == "top":
            head += f"{name} = {data.draw(few)}\n"
        elif place != "none" and (name, place) != ("seed", "random"):
            blocks.setdefault(place, []).append(f"{name} = {data.draw(lists)}\n")
    text = head + GOOD + '[grid]\nmodel.activation = ["tanh", "relu"]\n'
    text += "".join(blocks.pop("grid", []))
    for place, lines in blocks.items():
        form, _, key = place.partition(" ")
        if form == "random":
            text += "[random]\ntrials = 4\n" + "".join(lines)
        elif form == "zip":
            text += "[[zip]]\n" + "".join(lines)
        elif key == "activation":
            text += '[[when]]\nif.model.activation = "relu"\n' + "".join(lines)
        else:
            text += f"[[when]]\nif.{key} = 0\n" + "".join(lines)
    try:
        sweep = load(tmp_path_factory.getbasetemp(), text)
    except SweepError:
        return
    ids = [trial.trial_id for trial in sweep]
    assert len({*ids}) == len(ids)


def test_a_file_without_the_new_seeds_has_the_ids_of_before(tmp_path):
    # The same text as in test_trials.py; only the triple of seeds counts.
    assert id_of(tmp_path) == id_of(tmp_path, seed_data=0)
    assert id_of(tmp_path, seed=3) == id_of(tmp_path, **dict.fromkeys(APART, 3))
    assert id_of(tmp_path, seed=3, seed_init=4) != id_of(tmp_path, seed=3)


def test_an_axis_under_a_condition_has_its_default_elsewhere(tmp_path):
    text = GOOD + (
        '[grid]\nmodel.activation = ["tanh", "relu"]\nseed = [5, 6]\n'
        '[[when]]\nif.model.activation = "relu"\nseed_init = [1, 2]\n'
    )
    configs = [trial.config for trial in load(tmp_path, text)]
    assert [c.settings()["seed_init"] for c in configs] == [5, 6, 1, 2, 1, 2]


def test_conditions_and_exclusions_name_seeds(tmp_path):
    text = GOOD + (
        "[grid]\nseed = [0, 1]\nseed_data = [0, 1]\n[[exclude]]\nseed = 1\nseed_data = 1\n"
        "[[when]]\nif.seed_order = 0\nmodel.hidden_size = [2, 3]\n"
    )
    # The default of seed_order is seed.
    rows = [
        (c.model.hidden_size, c.seed, c.seed_data) for c in (t.config for t in load(tmp_path, text))
    ]
    assert sorted(rows) == [(2, 0, 0), (2, 0, 1), (3, 0, 0), (3, 0, 1), (8, 1, 0)]


def test_seeds_are_drawn_and_advance_together(tmp_path):
    drawn = load(
        tmp_path, GOOD + "[random]\ntrials = 9\nseed = 1\nseed_data = {from = 0, to = 99}\n"
    )
    assert drawn.seeds == ("seed", "seed_data")
    assert len({trial.config.seed_data for trial in drawn}) == len(drawn) > 5
    assert {trial.config.seed_init for trial in drawn} == {0}
    zipped = load(tmp_path, GOOD + "[[zip]]\nseed_init = [3, 4]\nseed_data = [1, 2]\n")
    assert [seeds_of(trial.config) for trial in zipped] == [(1, 3, 0), (2, 4, 0)]


@pytest.mark.parametrize(
    ("override", "count", "seeds"),
    [
        ("seed_data=4", 2, (4, 0, 0)),
        ("seed_data=[4, 5, 6]", 6, (4, 0, 0)),
        ("grid.seed_order=[4, 5]", 4, (0, 0, 4)),
        ("seed_init={from = 3, to = 5, num = 3}", 2 * 3, (0, 3, 0)),
    ],
)
def test_overrides_take_seeds(tmp_path, override, count, seeds):
    sweep = load(tmp_path, GOOD + "[grid]\nseed = [0, 1]\n", [override])
    assert len(sweep) == count
    assert seeds_of(sweep[0].config) == seeds


def test_overrides_replace_a_drawn_seed_but_not_that_of_the_draws(tmp_path):
    text = (
        GOOD + "[random]\ntrials = 5\nseed = 1\nseed_data = [1, 2]\ntrain.clip_norm = [1.0, 2.0]\n"
    )
    sweep = load(tmp_path, text, ["seed_data=9", "seed=8"])
    assert {seeds_of(trial.config) for trial in sweep} == {(9, 8, 8)}
    assert "seed = 1" in sweep.text


RANGE = "allowed: a whole number from 0 to 9223372036854775807"
UNUSED = "seed_data, seed_init, seed_order decide all random draws here"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"seed_data = -1\n{GOOD}", f"seed_data: -1 given; {RANGE}"),
        (f"seed_init = 9223372036854775808\n{GOOD}", f"9223372036854775808 given; {RANGE}"),
        (f"seed_order = 1.5\n{GOOD}", f"seed_order: 1.5 given; {RANGE}"),
        (f"seed_order = true\n{GOOD}", f"seed_order: true given; {RANGE}"),
        (f"seed_datas = 1\n{GOOD}", "did you mean seed_data?"),
        (f"{GOOD}[grid]\nseed_inti = [1]\n", "did you mean seed_init?"),
        (f"{GOOD}[grid]\nseed_init = [1, 1]\n", "[grid] seed_init, value 2: 1 given, which is"),
        (f"{GOOD}[grid]\nseed_init = 1\n", "put the single value above the tables"),
        (f"{GOOD}[random]\ntrials = 2\nseed_init = 1\n", "put the single value above the tables"),
        (f"{GOOD}seed_init = 1\n", "[train] has no such key; did you mean seed_init"),
        (f"{GOOD}[[exclude]]\nseed_data = 3\n", "seed_data: 3 given"),
    ],
)
def test_wrong_seeds_are_refused(tmp_path, text, message):
    assert message in fault_of(tmp_path, text)


@pytest.mark.parametrize(
    "axes",
    [
        "[grid]\nseed = [0, 1]\nseed_data = [0, 1]\nseed_init = [0, 1]\nseed_order = [0, 1]\n",
        "[[zip]]\nseed = [0, 1]\nseed_data = [2, 2]\n[grid]\nseed_init = [1]\nseed_order = [3]\n",
        "[grid]\nseed = [0, 1]\nseed_init = [0, 1]\nseed_order = [0, 1]\n"
        "[[when]]\nif.seed = 0\nseed_data = [0, 1]\n",
        "[grid]\nseed = [0, 1]\n[random]\ntrials = 9\n"
        + "".join(f"{name} = {{from = 0, to = 9}}\n" for name in APART),
    ],
)
def test_a_seed_that_decides_nothing_is_refused(tmp_path, axes):
    message = fault_of(tmp_path, GOOD + axes)
    assert UNUSED in message
    assert message.startswith(f"{tmp_path / 'sweep.toml'}: 1 fault")


def test_a_seed_of_the_data_is_refused_for_a_task_that_draws_none(series):
    message = fault_of(series, WITH_SERIES + "[grid]\nseed_data = [1, 2]\n")
    assert '[grid] seed_data = 1, [task] name = "csv": no seed changes the data' in message
    assert 'seed_data = 3, [task] name = "csv"' in fault_of(series, f"seed_data = 3\n{WITH_SERIES}")
    assert len(load(series, WITH_SERIES + "[grid]\nseed_init = [1, 2]\nseed = [1, 2]\n")) == 4


def test_a_seed_of_the_data_is_for_the_tasks_that_draw_theirs(tmp_path):
    text = GOOD.replace('name = "adding"\nseq_len = 10', "") + (
        '[grid]\ntask.name = ["notebook", "adding"]\n[[when]]\nif.task.name = "adding"\n'
        "task.seq_len = [10]\nseed_data = [1, 2]\n"
    )
    rows = [(t.config.task.name, *seeds_of(t.config)) for t in load(tmp_path, text)]
    assert rows == [("notebook", 0, 0, 0), ("adding", 1, 0, 0), ("adding", 2, 0, 0)]


@pytest.mark.parametrize(
    ("head", "axes", "seed"),
    [
        ("", "", 0),
        ("seed = 3\n", "", 3),
        ("seed = 3\nseed_data = 5\nseed_init = 7\n", "", 5),
        ("", "[grid]\nseed = [4, 5]\n", 4),
        ("seed_data = 9\n", "[grid]\nseed = [4, 5]\n", 9),
        ("", "[grid]\nseed_data = [6, 5]\nseed = [4, 5]\n", 6),
    ],
)
def test_a_function_of_a_file_is_checked_with_the_first_seed_of_the_data(
    tmp_path, head, axes, seed, monkeypatch
):
    seeds = []

    def spy(function, keywords, n_train, seed):
        seeds.append(seed)
        return original(function, keywords, n_train, seed)

    from rnnsweep.tasks.own import task as own_task

    original = own_task.check
    monkeypatch.setattr(own_task, "check", spy)
    (tmp_path / "my.py").write_text(MAJORITY)
    text = GOOD.replace('"adding"', '"my.py:majority"').replace("seq_len = 10", "n_train = 20")
    load(tmp_path, head + text + axes)
    assert seeds == [seed]
