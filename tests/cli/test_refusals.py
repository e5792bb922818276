"""What is said to whoever gives a wrong command line, sweep file or folder: nothing is touched."""

import os
import re
import shutil
import sqlite3
from contextlib import closing

import pytest
from commandline import CSV, SERIES, TINY, command, ended, snapshot, start

from rnnsweep.cli.commands import cli
from rnnsweep.store.store import Store

VERBS = ", ".join(cli.commands)


@pytest.fixture(autouse=True)
def in_the_way(home):
    """What may be in the way of a run, in the working directory of each test."""
    (home / "series.csv").write_text(SERIES)
    (home / "foreign").mkdir()
    (home / "foreign" / "thesis.txt").write_text("years of work")
    (home / "damaged").mkdir()
    (home / "damaged" / "store.db").write_bytes(b"no database" * 20)
    (home / "begun").mkdir()


def assert_refused(answer, code, fragments, home, before):
    """Check that a command line was refused: one message, and nothing done."""
    given_code, output, errors = answer
    assert (given_code, output) == (code, "")
    assert len(re.findall("^(?:rnnsweep|Error): ", errors, re.MULTILINE)) == 1
    for fragment in fragments:
        assert fragment in errors
    assert "Traceback" not in errors
    assert snapshot(home) == before


# What is wrong with the command line or the results, the exit code, and parts of the message.
WRONG = [
    ("runn tiny.toml", 2, ["no command 'runn'", "did you mean run?", VERBS]),
    ("sumary results/tiny", 2, ["did you mean summary?"]),
    ("--verson", 2, ["--verson", "--version"]),
    ("run", 2, ["Missing argument 'SWEEP'"]),
    ("run tiny.toml other.toml", 2, ["unexpected extra argument (other.toml)"]),
    ("run tiny.toml --job 2", 2, ["--job", "--jobs"]),
    ("run tiny.toml --jobs 0", 2, ["--jobs", "0 is not in the range x>=1"]),
    ("run tiny.toml --jobs -2", 2, ["--jobs", "-2"]),
    ("run tiny.toml --jobs two", 2, ["--jobs", "'two'"]),
    ("run tiny.toml --jobs 1.5", 2, ["--jobs", "'1.5'"]),
    ("run tiny.toml --executor thread", 2, ["'thread'", "did you mean threads?", "serial"]),
    ("run absent.toml --executor dusk", 2, ["'dusk'", "allowed: threads, serial"]),
    ("run tiny.toml --data-memory 512", 2, ["--data-memory", "no unit", "did you mean 512MB?"]),
    ("run tiny.toml --data-memory 2G", 2, ["--data-memory", "'2G'", "did you mean GB?", "MiB"]),
    ("run tiny.toml --data-memory much", 2, ["--data-memory", "'much' is no size", "as in 1.5GiB"]),
    ("run tiny.toml --data-memory -1GB", 2, ["--data-memory", "'-1GB' is no size", "as in 1.5GiB"]),
    ("run tiny.toml --no-plot", 2, ["--no-plot", "--no-plots"]),
    ("run tiny.toml --set train.epoch=5", 2, ["train.epoch", "did you mean train.epochs?"]),
    ("run tiny.toml --set train.epochs", 2, ['--set "train.epochs"', "KEY=VALUE"]),
    ("run tiny.toml --set train.epochs=0", 2, ["--set train.epochs: 0 given", "from 1 to"]),
    ("run tiny.toml --set", 2, ["--set", "requires an argument"]),
    ("plan tiny.toml --set model.cell=gruu", 2, ['--set model.cell: "gruu" given', '"rnn"']),
    ("plan absent.toml", 2, ["absent.toml: there is no such file"]),
    ("plan results", 2, ["results: this is a folder"]),
    ("list activatoins", 2, ["'activatoins'", "did you mean activations?", "tasks, cells"]),
    ("check", 2, ["Missing argument 'CELL'"]),
    ("check lsmt", 2, ["no cell 'lsmt'", "did you mean lstm?", "a .toml file"]),
    ("check absent.toml", 2, ["absent.toml: there is no such file"]),
    ("check tiny.toml", 2, ["tiny.toml: the table [cell] is missing"]),
    ("check min_gru --activation relu", 2, ["--activation", "'min_gru' calls act"]),
    ("check rnn --activation rleu", 2, ["--activation: 'rleu'", "did you mean relu?"]),
    ("check rnn --activation x*tan(x)", 2, ["--activation, line 1, column 3: tan is no function"]),
    ("summary results/tiny --by hiden_size", 2, ["'hiden_size'", "mean hidden_size?"]),
    ("summary results/tiny --by best_val_loss", 2, ["no setting 'best_val_loss'"]),
    ("summary results/tiny --top 0", 2, ["--top", "0 is not in the range"]),
    ("status results/absent", 3, ["results/absent holds no results", "run a sweep first"]),
    ("summary results/absent", 3, ["results/absent holds no results", "run a sweep first"]),
    ("plot results/absent", 3, ["results/absent holds no results", "run a sweep first"]),
    ("summary tiny.toml", 3, ["tiny.toml is a sweep file", "in results/tiny"]),
    ("status begun", 3, ["begun holds no results"]),
    ("run tiny.toml --results foreign", 3, ["foreign", "(thesis.txt)", "--results DIR"]),
    ("run tiny.toml --results .", 3, ["holds files that are not results", "--results DIR"]),
    ("run tiny.toml --results tiny.toml", 3, ["tiny.toml is a file", "--results DIR"]),
    ("run tiny.toml --results tiny.toml/deep/er", 3, ["tiny.toml is a file", "--results DIR"]),
    ("run tiny.toml --results damaged", 3, ["damaged/store.db is damaged", "not an SQLite file"]),
    ("plan tiny.toml --results tiny.toml", 3, ["tiny.toml is a file", "--results DIR"]),
    ("plan tiny.toml --results damaged", 3, ["damaged/store.db is damaged"]),
    ("status damaged", 3, ["damaged/store.db is damaged"]),
    ("summary damaged", 3, ["damaged/store.db is damaged"]),
    ("plot damaged", 3, ["damaged/store.db is damaged"]),
    ("bench --cell lst", 2, ["--cell 'lst'", "allowed: rnn, lstm, ", "did you mean lstm?"]),
    ("bench --cell rnn --cell gruu", 2, ["--cell 'gruu'", "did you mean gru?"]),
    ("bench --dtype float", 2, ["--dtype 'float'", "allowed: float32, float64"]),
    ("bench --hidden-size 8,0", 2, ["--hidden-size", "0 is not in the range x>=1"]),
    ("bench --hidden-size eight", 2, ["--hidden-size", "'eight'"]),
    ("bench --hidden-sizes 8", 2, ["--hidden-sizes", "--hidden-size"]),
    ("bench --seq-len 0", 2, ["--seq-len", "0 is not in the range x>=1"]),
    ("bench --hidden-size 1000000", 2, ["rnn with 1000000 hidden units", "TiB; allowed: 4 GiB"]),
    ("bench --batch-size 9999999 --seq-len 999", 2, ["9999999 sequences of 999 time steps"]),
    ("bench results/tiny", 2, ["unexpected extra argument (results/tiny)"]),
]


@pytest.mark.parametrize(("line", "code", "fragments"), WRONG, ids=[line for line, *_ in WRONG])
def test_a_wrong_command_line_is_refused(home, say, line, code, fragments):
    before = snapshot(home)
    assert_refused(say(*line.split()), code, fragments, home, before)


# What is wrong with the sweep file: a text of the tiny sweep and what takes its place.
FAULTS = {
    "no TOML": ("epochs = 2", "epochs = ", ["line 9", "this is not TOML"]),
    "table": ("[train]", "[trian]", ["[trian]: no such table", "did you mean [train]?"]),
    "key": ("epochs = 2", "epoch = 2", ["[train] epoch", "did you mean epochs?"]),
    "cell": ("[train]", '[model]\ncell = "rn"\n[train]', ['"rn" given', '"rnn"']),
    "activation": ("seed =", 'model.activation = ["tahn"]\nseed =', ['"tahn"', 'mean "tanh"?']),
    "task": ('"adding"', '"ading"', ['"ading" given', 'did you mean "adding"?']),
    "text": ("[2, 3]", '["2"]', ['"2"', "a whole number"]),
    "fraction": ("[2, 3]", "[4.5]", ["4.5", "a whole number"]),
    "bool": ("epochs = 2", "epochs = true", ["[train] epochs", "true given"]),
    "empty axis": ("[2, 3]", "[]", ["[grid] model.hidden_size", "empty"]),
    "twice": (
        "[2, 3]",
        "[2, 3, 2]",
        ["[grid] model.hidden_size, value 3: 2 given, which is value 1 already"],
    ),
    "negative": ("[2, 3]", "[-2]", ["-2", "from 1 to"]),
    "zero": ("n_train = 32", "n_train = 0", ["[task] n_train", "0 given"]),
    "nan": ("0.1", "nan", ["[train] learning_rate", "nan given"]),
    "inf": ("0.1", "inf", ["[train] learning_rate", "inf given"]),
    "precision": ("0.1", "1e-46", ["[train] learning_rate = 1e-46", "this is 0 in float32"]),
    "default of a task": (
        "[grid]",
        "[[when]]\nif.task.fresh = true\nmodel.activation = ['relu']\n[grid]",
        ["[[when]] if task.fresh: true given", "false (the default) in all trials"],
    ),
    "zip": (
        "[2, 3]",
        "[2, 3]\nseed = [0]\n[[zip]]\nmodel.activation = ['tanh']\ntrain.momentum = [0, 0.5]\n#",
        ["[[zip]]: lists that advance together need one length"],
    ),
    "draws": (
        "[grid]",
        "[random]\ntrials = 0\ntrain.momentum = {from = 0, to = 0.5}\n[grid]",
        ["[random] trials: 0 given", "the number of draws"],
    ),
    "exclusion": (
        "[grid]",
        "[[exclude]]\nmodel.hidden_size = 4\n[grid]",
        ["[[exclude]] model.hidden_size: 4 given, which it never takes here; it takes 2, 3"],
    ),
    "condition": (
        "[grid]",
        "[[when]]\nif.train.optimizer = 'adam'\ntrain.momentum = [0, 0.5]\n[grid]",
        ['[[when]] if train.optimizer: "adam" given, and no axis varies this key', '"sgd" (the'],
    ),
    "stop": ("[grid]", "[stop]\npatient = 3\n[grid]", ["[stop] patient", "mean patience?"]),
    "ten million": (
        "[2, 3]",
        "{from = 1, to = 10000, num = 10000}\ntask.seq_len = {from = 2, to = 1001, num = 1000}",
        ["20000000 trials", "at most 10000000", "10000 model.hidden_size", "2 seed"],
    ),
}


@pytest.mark.parametrize("verb", ["run", "plan"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_wrong_sweep_file_is_refused(home, say, verb, fault):
    sound, wrong, fragments = FAULTS[fault]
    assert sound in TINY
    (home / "wrong.toml").write_text(TINY.replace(sound, wrong))
    before = snapshot(home)
    assert_refused(say(verb, "wrong.toml"), 2, ["wrong.toml", *fragments], home, before)


CSV_FAULTS = {
    "absent": (None, ["[task] path", "there is no such file", "series.csv"]),
    "column": (SERIES.replace("year,y", "year,yy"), ['no column "y"', '"year", "yy"', "mean"]),
    "text": (SERIES.replace("1903,3", "1903,three"), ['line 5, column "y"', '"three" is no']),
    "gap": (SERIES.replace("1903,3", "1903,"), ['line 5, column "y"', "a value is missing"]),
    "nan": (
        SERIES.replace("1903,3", "1903,nan"),
        ['line 5, column "y"', '("nan"), as in 1 of 40 rows'],
    ),
    "row": (SERIES.replace("1903,3\n", "1903\n"), ["line 5 has 1 values"]),
    "short": (SERIES[: SERIES.index("1905")], ["window", "shorten the window"]),
    "empty": ("", ["line 1 names no columns"]),
    "infinite": (SERIES + "1909,1e60\n", ['column "y"', "infinite in float32", "float64"]),
}


@pytest.mark.parametrize("fault", CSV_FAULTS)
def test_a_wrong_series_is_refused(home, say, fault):
    series, fragments = CSV_FAULTS[fault]
    (home / "series.csv").unlink()
    if series is not None:
        (home / "series.csv").write_text(series)
    (home / "series.toml").write_text(CSV)
    before = snapshot(home)
    assert_refused(say("run", "series.toml"), 2, fragments, home, before)


@pytest.mark.parametrize(
    ("line", "code"),
    [("runn tiny.toml", 2), ("run absent.toml", 2), ("run tiny.toml --results foreign", 3)],
)
def test_a_process_ends_with_that_code_and_without_a_traceback(home, line, code):
    before = snapshot(home)
    assert_refused(command(*line.split(), cwd=home), code, [], home, before)


def test_a_traceback_would_not_be_overlooked(tmp_path):
    with pytest.raises(AssertionError):
        ended(start(cwd=tmp_path, code="1 / 0"))


@pytest.mark.skipif(os.name == "nt", reason="file names are no bytes there")
def test_a_name_that_is_no_text(home):
    name = os.fsdecode(b"caf\xe9.toml")
    shutil.copy("tiny.toml", name)
    code, _, _ = command("run", name, "--quiet", cwd=home)
    assert code in (0, 2)  # either will do, a traceback not


def test_begun_but_without_trials(home, say):
    """A run that was killed while it began leaves a store without a sweep."""
    with Store.writer("begun"):
        pass
    for verb in ("status", "summary", "plot"):
        code, output, errors = say(verb, "begun")
        assert (code, output) == (3, "")
        assert "begun holds no trials yet" in errors
        assert "run the sweep again" in errors


def test_a_store_of_another_program(home, say):
    with closing(sqlite3.connect("begun/store.db")) as db:
        db.execute("CREATE TABLE thesis (page INTEGER)")
    before = snapshot(home)
    answer = say("run", "tiny.toml", "--results", "begun")
    assert_refused(answer, 3, ["a database of another program", "--results DIR"], home, before)
