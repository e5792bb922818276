"""From a file to its trials: any expansion, the order, the ids, and what a task implies."""

import itertools
import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sweep_cases import GOOD, load

from rnnsweep import sweepfile
from rnnsweep.recipes import RECIPES
from rnnsweep.sweepfile.search.ranges import Range

ROOT = Path(__file__).parents[2]


whole = st.integers(1, 1000)
# What float32 represents.
nonnegative = st.just(0.0) | st.floats(1e-37, 100)
POOL = {
    "task.seq_len": st.integers(2, 20),  # so that no trial needs more memory than is allowed
    "task.n_train": whole,
    "task.n_val": whole,
    "model.hidden_size": whole,
    "model.activation": st.sampled_from(["tanh", "relu", "sigmoid", "sin"]),
    "model.init": st.sampled_from(["torch", "glorot", "identity"]),
    "train.learning_rate": st.floats(1e-6, 1e3),
    "train.clip_norm": nonnegative,
    "train.batch_size": whole,
    "train.epochs": whole,
    "model.cell": st.sampled_from(["rnn", "lstm", "gru"]),
    "model.num_layers": st.integers(1, 4),
    "train.l2": nonnegative,
    "train.warmup_updates": whole,
    "stop.patience": st.integers(0, 100),
    "stop.max_updates": whole,
    # No three of them: where all but `seed` are given, that one may not vary.
    "seed": st.integers(0, 2**63 - 1),
    "seed_data": st.integers(0, 2**63 - 1),
    "seed_order": st.integers(0, 2**63 - 1),
}
TABLES = ("task", "model", "train", "stop")


@st.composite
def grids(draw):
    """Axes by key, in the order in which the file gives them."""
    keys = draw(st.lists(st.sampled_from(sorted(POOL)), unique=True, max_size=5))
    return {key: draw(st.lists(POOL[key], min_size=1, max_size=4, unique=True)) for key in keys}


def in_order(grid):
    """The axes in the order of trials: by table, then as in the file, the seeds last."""
    order = [*TABLES, "seed", "seed_data", "seed_order"]
    return sorted(grid, key=lambda key: order.index(key.partition(".")[0]))


def write_grid(grid):
    return GOOD + "[grid]\n" + "".join(f"{key} = {json.dumps(grid[key])}\n" for key in grid)


def column(key):
    table, _, name = key.rpartition(".")
    return f"task_{name}" if table == "task" else name


@settings(max_examples=60, deadline=None)
@given(grids())
def test_any_grid_expands_to_its_product(tmp_path_factory, grid):
    sweep = load(tmp_path_factory.getbasetemp(), write_grid(grid))
    keys = in_order(grid)
    expected = list(itertools.product(*(grid[key] for key in keys)))
    assert [axis.key for axis in sweep.axes] == keys
    assert [list(axis.values) for axis in sweep.axes] == [grid[key] for key in keys]
    assert len(sweep) == len(expected) == math.prod(len(grid[key]) for key in grid)
    seen = []
    for trial in sweep:
        settings = trial.config.settings()
        seen.append(tuple(settings[column(key)] for key in keys))
    assert seen == expected
    assert len({trial.trial_id for trial in sweep}) == len(expected)


@settings(max_examples=30, deadline=None)
@given(grids(), st.data())
def test_a_sweep_is_indexed_as_a_list(tmp_path_factory, grid, data):
    sweep = load(tmp_path_factory.getbasetemp(), write_grid(grid))
    trials = list(sweep)
    i = data.draw(st.integers(-len(trials), len(trials) - 1))
    assert sweep[i] == trials[i]
    assert sweep[1:3] == tuple(trials[1:3])
    for beyond in (len(trials), -len(trials) - 1):
        with pytest.raises(IndexError, match=f"no trial {beyond}; the sweep has {len(trials)},"):
            sweep[beyond]
    assert repr(sweep) == f"Sweep({str(sweep.path)!r}, {len(trials)} trials)"


def test_both_ways_to_write_a_grid_are_one(tmp_path):
    dotted = "[grid]\nmodel.hidden_size = [1, 2]\ntrain.clip_norm = [0, 1]\nseed = [5, 3]\n"
    tables = "[grid]\nseed = [5, 3]\n[grid.train]\nclip_norm = [0, 1]\n"
    tables += "[grid.model]\nhidden_size = [1, 2]\n"
    one, two = load(tmp_path, GOOD + dotted), load(tmp_path, GOOD + tables)
    assert list(one) == list(two)
    assert [axis.name for axis in one.axes] == ["hidden_size", "clip_norm", "seed"]


def test_an_axis_wins_over_its_table(tmp_path):
    sweep = load(tmp_path, "seed = 9\n" + GOOD + "[grid]\nmodel.hidden_size = [3]\nseed = [1, 2]\n")
    assert [(t.config.model.hidden_size, t.config.seed) for t in sweep] == [(3, 1), (3, 2)]


def test_required_keys_may_be_axes_alone(tmp_path):
    text = '[grid]\ntask.name = ["adding"]\ntask.seq_len = [4]\nmodel.hidden_size = [2]\n'
    text += "train.learning_rate = [1]\ntrain.epochs = [1]\n"
    assert len(load(tmp_path, text)) == 1


def test_a_task_can_be_an_axis(tmp_path):
    text = GOOD.replace('name = "adding"\n', "") + '[grid]\ntask.name = ["adding", "sine"]\n'
    sweep = load(tmp_path, text + "task.seq_len = [4, 5]\n")
    rows = [(t.config.task.name, t.config.task.seq_len) for t in sweep]
    assert rows == [("adding", 4), ("adding", 5), ("sine", 4), ("sine", 5)]
    assert [axis.name for axis in sweep.axes] == ["task", "task_seq_len"]
    assert "task_noise" in sweep[2].config.settings()
    assert "task_noise" not in sweep[0].config.settings()


def test_settings_are_whole_and_in_the_order_of_the_columns(tmp_path):
    trial = load(tmp_path, GOOD)[0]
    expected = {
        "task": "adding", "cell": "rnn", "num_layers": 1, "hidden_size": 8, "activation": "tanh",
        "output_activation": "identity", "output": "last", "init": "torch", "init_input": "torch",
        "init_recurrent": "torch", "init_output": "torch", "init_std": 0.01,
        "spectral_radius": 0.0, "init_connections": 0, "forget_bias": 0.0,
        "recurrent": "free", "dale_excitatory": 0.8, "antisymmetric_gamma": 0.01, "model_rank": 0,
        "loss": "mse", "huber_delta": 1.0, "optimizer": "sgd", "learning_rate": 0.1,
        "momentum": 0.0, "nesterov": "false", "weight_decay": 0.01, "l1": 0.0, "l2": 0.0,
        "batch_size": 32, "epochs": 3, "clip_norm": 0.0, "clip_value": 0.0,
        "schedule": "constant", "decay": 1.0, "decay_every": 1, "warmup_updates": 0,
        "gradient": "bptt", "truncation": 0, "stateful": "false", "dropout": 0.0,
        "dtype": "float32",
        "patience": 0, "val_loss_below": 0.0, "accuracy_above": 0.0, "max_updates": 0,
        "seed": 0, "task_seq_len": 10, "task_n_train": 1024, "task_n_val": 512, "task_n_test": 512,
        "task_fresh": "false",
    }  # fmt: skip
    assert trial.config.settings() == expected
    assert list(trial.config.settings()) == list(expected)


def test_axes_of_booleans_are_texts_in_the_tables(tmp_path):
    text = GOOD + "momentum = 0.9\n[grid]\ntrain.nesterov = [false, true]\n"
    sweep = load(tmp_path, text)
    assert sweep.axes[0].values == ("false", "true")
    assert [t.config.settings()["nesterov"] for t in sweep] == ["false", "true"]
    assert [t.config.train.nesterov for t in sweep] == [False, True]


def test_what_is_recorded_is_the_sweep_s_and_no_part_of_an_id(tmp_path):
    plain = load(tmp_path, GOOD)
    assert (plain.metrics, plain.save_params) == ((), "none")
    text = GOOD + "clip_norm = 1\n[metrics]\nsaturation = true\nshare_clipped = true\n"
    text += 'dead_units = false\n[output]\nsave_params = "best"\n'
    recording = load(tmp_path, text)
    assert (recording.metrics, recording.save_params) == (("share_clipped", "saturation"), "best")
    assert recording[0].trial_id == load(tmp_path, GOOD + "clip_norm = 1\n")[0].trial_id
    assert set(recording[0].config.settings()) == set(plain[0].config.settings())


def test_a_recipe_stands_for_its_matrices(tmp_path):
    text = GOOD.replace("hidden_size = 8", "hidden_size = 8\n%s")
    names = ("init_input", "init_recurrent", "init_output", "init_std")
    for init, recipe in RECIPES.items():
        (trial,) = load(tmp_path, text % f'init = "{init}"')
        assert tuple(getattr(trial.config.model, name) for name in names) == recipe
        written = "".join(f"{name} = {json.dumps(getattr(recipe, name))}\n" for name in names)
        (spelled,) = load(tmp_path, text % f'init = "{init}"\n{written}')
        assert spelled == trial
    (mixed,) = load(tmp_path, text % 'init = "glorot"\ninit_recurrent = "identity"')
    assert mixed.config.model.init_recurrent == "identity"
    assert mixed.config.model.init_output == "glorot"
    sweep = load(
        tmp_path, text % 'init_recurrent = "normal"' + '[grid]\nmodel.init = ["he", "identity"]\n'
    )
    rows = [(t.config.model.init_input, t.config.model.init_std) for t in sweep]
    assert rows == [("he", 0.01), ("normal", 0.001)]


def test_settings_of_a_csv_task_are_texts_and_numbers(tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n" + "".join(f"{i},{i % 5}\n" for i in range(40)))
    text = '[task]\nname = "csv"\npath = "a.csv"\ntarget = "y"\nwindow = 4\n'
    text += "[model]\nhidden_size = 2\n[train]\nlearning_rate = 1\nepochs = 1\n"
    text += '[grid]\ntask.inputs = [["x"], ["x", "y"]]\n'
    sweep = load(tmp_path, text)
    assert sweep.axes[0].values == ('["x"]', '["x", "y"]')
    assert [t.config.settings()["task_inputs"] for t in sweep] == ['["x"]', '["x", "y"]']
    assert [t.config.task.inputs for t in sweep] == [("x",), ("x", "y")]


# Stores on users' disks have ids. If this one changes, either something is broken, or
# the meaning of results has changed and RESULTS_VERSION goes up with it.
def test_an_id_does_not_change_with_versions_of_the_code(tmp_path):
    assert sweepfile.RESULTS_VERSION == 4
    sweep = load(tmp_path, GOOD)
    assert sweep[0].trial_id == "t58a1e01f3c5dc43"
    assert list(sweep.earlier_ids()) == ["ta18b291c8f0e52c"]
    every = GOOD.replace("hidden_size", 'cell = "lstm"\nforget_bias = 1\nhidden_size')
    every += 'optimizer = "adamw"\nschedule = "step"\ndecay = 0.5\n[stop]\npatience = 3\n'
    sweep = load(tmp_path, every)
    assert sweep[0].trial_id == "t5c707e6f80382ab"
    assert list(sweep.earlier_ids()) == ["t8931783c6d1f7f5"]


@settings(max_examples=30, deadline=None)
@given(grids(), st.data())
def test_an_id_does_not_depend_on_what_stands_around_it(tmp_path_factory, grid, data):
    folder = tmp_path_factory.getbasetemp()
    sweep = load(folder, write_grid(grid))
    trial = sweep[data.draw(st.integers(0, len(sweep) - 1))]
    reordered = data.draw(st.permutations(list(grid)))
    again = load(folder, write_grid({key: grid[key][::-1] for key in reordered}))
    assert trial.trial_id in {t.trial_id for t in again}
    # Alone, with every key written out: a default that is written out is still a default.
    tables = {
        "task": trial.config.task.model_dump(),
        "model": trial.config.model.model_dump(),
        "train": trial.config.train.model_dump(),
        "stop": trial.config.stop.model_dump(),
    }
    seeds = {"seed": trial.config.seed, **dict(trial.config.seeds_apart)}
    text = "".join(f"{name} = {seed}\n" for name, seed in seeds.items()) + "".join(
        f"[{table}]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in tables[table].items())
        for table in TABLES
    )
    (alone,) = load(folder, text, name="other.toml")
    assert alone.trial_id == trial.trial_id
    assert alone.config == trial.config


def test_an_id_changes_with_each_setting_and_not_with_its_spelling(tmp_path):
    base = load(tmp_path, GOOD)[0].trial_id
    texts = [
        "seed = 1\n" + GOOD,
        GOOD.replace("10", "11"),
        GOOD.replace("= 8", "= 9"),
        GOOD.replace("0.1", "0.2"),
        GOOD + 'dtype = "float64"\n',
        GOOD.replace("seq_len", "n_test = 5\nseq_len"),
        GOOD.replace("hidden_size", "num_layers = 2\nhidden_size"),
        GOOD.replace("hidden_size", 'cell = "gru"\nhidden_size'),
        GOOD.replace("hidden_size", 'init = "glorot"\nhidden_size'),
        GOOD.replace("hidden_size", 'init_input = "glorot"\nhidden_size'),
        GOOD.replace("hidden_size", "spectral_radius = 0.9\nhidden_size"),
        GOOD + "momentum = 0.9\n",
        GOOD + "momentum = 0.9\nnesterov = true\n",
        GOOD + "l1 = 0.1\n",
        GOOD + 'gradient = "truncated"\ntruncation = 2\n',
        GOOD + 'gradient = "truncated"\ntruncation = 3\n',
        GOOD + "[stop]\npatience = 1\n",
        GOOD + "[stop]\nmax_updates = 1\n",
    ]
    ids = [load(tmp_path, text)[0].trial_id for text in texts]
    assert len({base, *ids}) == len(texts) + 1
    for text in (
        GOOD.replace("0.1", "1e-1"),
        GOOD + "clip_norm = 0\n",
        GOOD + "clip_norm = -0.0\n",
        GOOD + "nesterov = false\nweight_decay = 0.01\n[stop]\npatience = 0\n",
        GOOD.replace("hidden_size", 'init = "torch"\ninit_input = "torch"\nhidden_size'),
        GOOD.replace("seq_len", "n_test = 512\nseq_len"),
        "# a comment\n" + GOOD,
    ):
        assert load(tmp_path, text)[0].trial_id == base
    one = load(tmp_path, GOOD.replace("0.1", "1"))[0]
    assert one.trial_id == load(tmp_path, GOOD.replace("0.1", "1.0"))[0].trial_id
    assert isinstance(one.config.train.learning_rate, float)


def test_an_id_is_that_of_the_file_s_content(tmp_path):
    text = '[task]\nname = "csv"\npath = "%s"\ntarget = "y"\nwindow = 2\n'
    text += "[model]\nhidden_size = 2\n[train]\nlearning_rate = 1\nepochs = 1\n"
    rows = "y\n" + "".join(f"{i % 5}\n" for i in range(40))
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.csv").write_text(rows)
    (tmp_path / "sub" / "b.csv").write_text(rows)
    one = load(tmp_path, text % "a.csv")[0].trial_id
    assert load(tmp_path, text % "sub/b.csv")[0].trial_id == one
    assert load(tmp_path / "sub", text % "b.csv")[0].trial_id == one
    (tmp_path / "a.csv").write_text(rows + "3\n")
    assert load(tmp_path, text % "a.csv")[0].trial_id != one


def test_what_a_task_implies_can_be_overridden(tmp_path):
    text = '[task]\nname = "notebook"\n[model]\nhidden_size = 3\noutput_activation = "sigmoid"\n'
    text += '[train]\nlearning_rate = 1\nepochs = 1\nloss = "bce"\n'
    config = load(tmp_path, text)[0].config
    assert (config.train.loss, config.model.output_activation) == ("bce", "sigmoid")
    assert load(tmp_path, text, ["train.loss=mse"])[0].config.train.loss == "mse"


def test_ten_million_trials_are_not_expanded(tmp_path):
    text = GOOD + "[grid]\nmodel.hidden_size = {from = 1, to = 1000, num = 1000}\n"
    text += 'train.learning_rate = {from = 0.001, to = 1, num = 100, scale = "log"}\n'
    sweep = load(tmp_path, text + "seed = {from = 1, to = 100, num = 100}\n")
    assert len(sweep) == 10_000_000
    last = sweep[-1].config
    assert (last.model.hidden_size, last.train.learning_rate, last.seed) == (1000, 1.0, 100)
    some = sweep[7 * 10_000 + 1 * 100 + 42].config
    assert (some.model.hidden_size, some.seed) == (8, 43)


@pytest.mark.parametrize(
    ("axis_range", "expected"),
    [
        (Range(0.001, 0.1, 3, True, False), (0.001, 0.01, 0.1)),
        (Range(0.1, 0.001, 3, True, False), (0.1, 0.01, 0.001)),
        (Range(0.0, 1.0, 4, False, False), (0.0, 0.333333333333, 0.666666666667, 1.0)),
        (Range(0.1, 0.3, 3, False, False), (0.1, 0.2, 0.3)),
        (Range(0.5, 0.9, 1, False, False), (0.5,)),
        (Range(0, 4, 5, False, True), (0, 1, 2, 3, 4)),
        (Range(4, 0, 3, False, True), (4, 2, 0)),
        (Range(1, 4, 3, False, True), (1, 3, 4)),  # 2.5 is rounded up
        (Range(1, 3, 9, False, True), (1, 2, 3)),
        (Range(3, 1, 9, False, True), (3, 2, 1)),
        (Range(5, 5, 4, False, True), (5,)),
        (Range(8, 64, 4, True, True), (8, 16, 32, 64)),
        (Range(1, 4, 9, True, True), (1, 2, 3, 4)),
        (Range(0, 2**63 - 1, 2, False, True), (0, 2**63 - 1)),
    ],
)
def test_a_range_has_the_values_of_its_definition(axis_range, expected):
    assert axis_range.values == expected
    assert axis_range.count == len(expected)
    assert {type(value) for value in axis_range.values} == {int if axis_range.whole else float}


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1), st.integers(2, 50))
def test_a_linear_range_of_whole_numbers_is_counted_without_being_made(start, stop, num):
    axis_range = Range(start, stop, num, False, True)
    values = axis_range.values
    assert len(values) == axis_range.count == len(set(values))
    assert (values[0], values[-1]) == (start, stop)
    if len(values) == num:
        # In whole numbers: no value is further from its place than a half.
        last = num - 1
        places = ((start * (last - i) + stop * i) for i in range(num))
        assert all(2 * abs(v * last - p) <= last for v, p in zip(values, places, strict=True))


def test_the_axes_of_a_file_may_be_ranges(tmp_path):
    text = GOOD + '[grid]\nmodel.hidden_size = {from = 8, to = 64, num = 4, scale = "log"}\n'
    sweep = load(tmp_path, text + "seed = {from = 0, to = 2, num = 3}\n")
    assert [axis.values for axis in sweep.axes] == [(8, 16, 32, 64), (0, 1, 2)]


def test_the_shipped_sweeps_load():
    files = sorted((ROOT / "sweeps").rglob("*.toml"))
    assert files
    for file in files:
        sweep = sweepfile.load(file)
        assert sweep.text == file.read_text(encoding="utf-8")
        assert sweep.stem == file.stem
        assert len(sweep) > 1


def test_a_file_is_checked_without_the_heavy_packages():
    code = (
        "import sys; from rnnsweep import sweepfile; sweepfile.load('sweeps/sunspots.toml');"
        "sweepfile.json_schema(); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "pydantic" in loaded
    heavy = {"numba", "scipy", "pandas", "matplotlib", "rich", "tomlkit", "click", "sqlite3"}
    assert not heavy & loaded


def test_trials_that_agree_in_a_table_share_it(tmp_path):
    # A hundred thousand trials that differ in their seeds are checked once.
    grid = "[grid]\ntrain.learning_rate = [0.1, 0.2]\nstop.patience = [0, 2]\nseed = [0, 1]\n"
    configs = [trial.config for trial in load(tmp_path, GOOD + grid)]
    assert len({id(config.model) for config in configs}) == 1
    assert len({id(config.train) for config in configs}) == 2
    assert len({id(config.stop) for config in configs}) == 2
    assert len({(c.train.learning_rate, c.stop.patience, c.seed) for c in configs}) == 8
