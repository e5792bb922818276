"""Files of a user's through the command line: planned, trained on, predicted from."""

import csv
import gzip

import numpy as np
import pytest
from commandline import CSV, SERIES

BEST = '[output]\nsave_params = "best"\n'


@pytest.fixture(autouse=True)
def _no_pictures(no_plots):
    """No run here is about its pictures."""


def german(gaps=()):
    """The series as a German spreadsheet saves it, with an index, and some values missing."""
    lines = [line.split(",") for line in SERIES.splitlines()[1:]]
    cells = [
        f'{i};{year};{"" if i in gaps else f"1.00{y},5"};"Notiz ""{i}"""'
        for i, (year, y) in enumerate(lines)
    ]
    return gzip.compress("\r\n".join([";Jahr;y;Notiz", *cells, "   "]).encode())


def test_a_compressed_file_with_gaps(home, say):
    (home / "series.csv").write_bytes(german(gaps=(3, 20)))
    keys = 'decimal = ","\nthousands = "."\nmissing = "drop"\n'
    (home / "series.toml").write_text(CSV.replace("window", f"{keys}window") + BEST)
    note = (
        '[task] path = "series.csv": of 40 rows, column "y" lacks 2; 9 of 36 windows are left out'
    )
    code, _, errors = say("plan", "series.toml")
    assert (code, errors.strip()) == (0, note)
    code, _, errors = say("run", "series.toml")
    assert code == 0
    assert note in errors.splitlines()
    code, output, errors = say("predict", "results/series", "--data", "series.csv")
    assert (code, errors) == (0, "")
    rows = [int(row["row"]) for row in csv.DictReader(output.splitlines())]
    # A forecast needs four rows before it, none of them 3 or 20.
    assert rows == [t for t in range(4, 41) if not {3, 20} & {*range(t - 4, t)}]
    forecasts = [float(row["y"]) for row in csv.DictReader(output.splitlines())]
    assert all(900 < forecast < 1200 for forecast in forecasts)


def test_a_new_file_is_read_with_the_keys_of_the_training(home, say):
    (home / "series.csv").write_text(SERIES)
    (home / "series.toml").write_text(CSV + BEST)
    assert say("run", "series.toml", "--quiet")[0] == 0
    (home / "new.csv").write_bytes(german())
    code, output, errors = say("predict", "results/series", "--data", "new.csv")
    assert (code, output) == (2, "")
    assert 'new.csv: line 2, column "y": "1.000,5" is no finite number' in errors
    (home / "new.csv").write_text(SERIES.replace(",", "\t"))
    expected = say("predict", "results/series", "--data", "series.csv")
    assert say("predict", "results/series", "--data", "new.csv") == expected


@pytest.mark.parametrize("verb", ["plan", "run"])
def test_one_hot_targets_get_a_line(home, say, verb):
    np.savez("data.npz", x=np.zeros((20, 3, 1)), y=np.eye(2)[np.arange(20) % 2])
    tables = "[model]\nhidden_size = 2\n[train]\nlearning_rate = 0.1\nepochs = 1\n"
    (home / "arrays.toml").write_text(f'[task]\nname = "npz"\npath = "data.npz"\n{tables}')
    code, _, errors = say(verb, "arrays.toml")
    assert code == 0
    assert '[task] path = "data.npz": y is one-hot, and the loss "mse" takes' in errors


def test_a_text_with_line_ends_of_every_kind(home, say):
    text = 'ab\r\nba "x",\t\r\0' * 20
    (home / "a.txt").write_bytes(text.encode())
    tables = "[model]\nhidden_size = 2\n[train]\nlearning_rate = 0.1\nepochs = 1\n"
    (home / "text.toml").write_text(
        f'[task]\nname = "text"\npath = "a.txt"\nseq_len = 5\n{tables}{BEST}'
    )
    assert say("run", "text.toml", "--quiet")[0] == 0
    assert say("predict", "results/text", "--data", "a.txt", "--out", "out.csv")[0] == 0
    with (home / "out.csv").open(encoding="utf-8", newline="") as file:
        read = [row["character"] for row in csv.DictReader(file)]
    assert "".join(read) == text.replace("\0", "\\0")


@pytest.mark.parametrize("verb", ["plan", "run"])
def test_names_of_20000_characters(home, say, verb):
    rows = SERIES.splitlines()[1:]
    (home / "series.csv").write_text("\n".join([f"{'n' * 20_000},{'y' * 20_000}", *rows]))
    (home / "series.toml").write_text(CSV)
    code, output, errors = say(verb, "series.toml")
    assert (code, output) == (2, "")
    assert 'the file has no column "y"; it has "nnn' in errors
    assert max(map(len, errors.splitlines())) < 400
