"""CSV files as people have them: delimiters, decimal signs, loose quotes, compression, gaps."""

import bz2
import csv
import gzip
import io
import lzma
import math
import sys
import zipfile
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnsweep.tasks.reading import compressed
from rnnsweep.tasks.reading.csv_file import TableReader
from rnnsweep.tasks.reading.csv_numbers import NumberFormat
from rnnsweep.tasks.reading.files import SourceError


def read(tmp_path, text, **form):
    content = text if isinstance(text, bytes) else text.encode()
    (tmp_path / "a.csv").write_bytes(content)
    return TableReader(**form)(tmp_path / "a.csv")


# The text of a file, the settings for reading it, and the numbers of its column "x".
FILES = {
    "pandas' index": (",x,y\n0,1.5,2\n1,2.5,3\n", {}, [1.5, 2.5]),
    "R's row names": ('"","x"\n"1",1.5\n"2",2.5\n', {}, [1.5, 2.5]),
    "several without a name": (",x,,\n0,1.5,,a\n1,2.5,b,\n", {}, [1.5, 2.5]),
    "names twice": ("x,y,y\n1.5,2,3\n2.5,3,4\n", {}, [1.5, 2.5]),
    "semicolons": ("t;x\n1;1.5\n2;2.5\n", {}, [1.5, 2.5]),
    "tabs": ("t\tx\n1\t1.5\n2\t2.5\n", {}, [1.5, 2.5]),
    "bars": ("t|x\n1|1.5\n2|2.5\n", {}, [1.5, 2.5]),
    "German": ("t;x\n1.1.2020;1,5\n2.1.2020;2.500,25\n", {"decimal": ",", "thousands": "."},
               [1.5, 2500.25]),
    "French": ("t;x\n1;1\u202f234,5\n2;2 345 678\n", {"decimal": ",", "thousands": " "},
               [1234.5, 2345678]),
    "Swiss": ("t;x\n1;1'234.5\n", {"thousands": "'"}, [1234.5]),
    "quoted thousands": ('t,x\n1,"10,000.4"\n2,"-2,000,000"\n3,7\n', {"thousands": ","},
                         [10000.4, -2000000, 7]),
    "quoted decimal commas": ('t,x\n"1,5","2,5"\n"3,5",4\n', {"decimal": ","}, [2.5, 4]),
    "decimal commas alone": ("x\n1,5\n-2,5e3\n,5\n", {"decimal": ","}, [1.5, -2500, 0.5]),
    "commas in names": ("load, kW;x\n1,5;20,5\n2,5;30,5\n", {"decimal": ","}, [20.5, 30.5]),
    "a delimiter that does not fit": ("x;y,z\n1;2,3\n", {"delimiter": ";"}, [1]),
    "a line of spaces at the end": ("x,y\n1,2\n3,4\n     \n", {}, [1, 3]),
    "lines of spaces in one column": ("x\n1\n3\n  \n\n", {}, [1, 3]),
    "carriage returns": ("x,y\r1,2\r3,4\r", {}, [1, 3]),
    "loose quotes": ('n,x\n"2"a,1\n5" pipe,2\n"it ""is""",3\n"a"b"c",4\n', {}, [1, 2, 3, 4]),
    "lines within quotes": ('n,x\n"a\nb",1\n"c\r\nd",2\n', {}, [1, 2]),
    "quoted numbers": ('n,x\na,"1.5"\nb," 2.5 "\n', {}, [1.5, 2.5]),
}  # fmt: skip


@pytest.mark.parametrize("which", FILES)
def test_a_file_as_programs_write_it(tmp_path, which):
    text, form, expected = FILES[which]
    table = read(tmp_path, text, **form)
    assert table.columns["x"].tolist() == expected
    assert table.n_rows == len(expected)
    assert table.fault("x") is None


REFUSED = {
    "semicolons or commas": ("a, b;c, d\n1,5;2,5\n", {}, "commas or semicolons; set delimiter ="),
    "a header of another kind": ("t,x,y\n2020;1,5;2,5\n2021;1,5;2,5\n", {}, "commas or semicolons"),
    "commas or tabs": ("a,b\tc,d\n1,2\t3,4\n", {}, r'set delimiter = "," or delimiter = "\\t"'),
    "decimal commas in one column": ("x\n1,5\n", {}, 'are decimal, set decimal = ","'),
    "ragged": ("x;y\n1;2\n1;2;3\n", {}, "line 3 has 3 values, the header names 2, .* semicolons"),
    "blank within": ("x,y\n1,2\n   \n3,4\n", {}, "line 3 is blank"),
    "blank far within": ("x,y\n" + "1,2\n" * 5000 + "\n" + "1,2\n" * 5000, {}, "line 5002 is bl"),
    "ragged far within": ("x,y\n" + "1,2\n" * 5000 + "1\n" + "1,2\n" * 9, {}, "line 5002 has 1 v"),
    "an open quote": ('x,y\n1,"2\n3,4\n', {}, "line 2 is no CSV: a quote is never closed"),
    "an open quote at the end": ('n,x\na,1\nb"c,2\n"d,3\n4\n', {}, "line 4 is no CSV"),
    "an open quote in a column without use": ('x,n\n1,"2\n3\n', {}, "line 2 is no CSV"),
    "a cell too long": ("n,x\n" + "a" * 200_000 + ",1\n", {}, "line 2 is no CSV: field larger"),
    "nothing": ("", {}, "line 1 names no columns"),
    "names of spaces": (" , \n1,2\n", {}, "line 1 names no columns"),
}  # fmt: skip


@pytest.mark.parametrize("which", REFUSED)
def test_a_file_with_several_readings_is_refused(tmp_path, which):
    text, form, match = REFUSED[which]
    with pytest.raises(SourceError, match=match):
        read(tmp_path, text, **form)


# A cell, the settings for reading it, and what the message says of it.
CELL_TEXTS = {
    "a decimal comma": ("1,5", {}, 'for 1.5 set decimal = ","'),
    "thousands": ("10,000.4", {}, 'for 10000.4 set thousands = ","'),
    "either": ("1,000", {}, 'for 1000.0 set thousands = ",", for 1.0 set decimal = ","'),
    "both": ("1.234,5", {}, 'for 1234.5 set decimal = "," and thousands = "."'),
    "a point among commas": ("1.500", {"decimal": ","}, 'for 1500.0 set thousands = "."'),
    "no groups of three": ("1,23", {"thousands": ","}, 'for 1.23 set decimal = ","'),
    "no group before": ("1234,567", {"thousands": ","}, "no finite number"),
    "a group of nothing": ("0,123", {"thousands": ","}, "no finite number"),
    "underscores": ("1_000", {}, "no finite number"),
    "underscores and commas": ("1_000,5", {"decimal": ","}, "no finite number"),
    "infinite": ("-inf", {}, "no finite number"),
    "too large": ("1e999", {}, "no finite number"),
    "loose quotes": ('"2"5', {}, r'"\\"2\\"5" is no finite number'),
    "a word": ("two", {}, "no finite number"),
    "hexadecimal": ("0x10", {}, "no finite number"),
}


@pytest.mark.parametrize("which", CELL_TEXTS)
def test_a_number_is_never_guessed(tmp_path, which):
    cell, form, match = CELL_TEXTS[which]
    table = read(tmp_path, f"t;x\n1;1\n2;{cell}\n3;three\n", **form)
    fault = table.fault("x")
    assert fault.startswith('line 3, column "x": ')
    assert pd.Series([fault]).str.contains(match).all()


@pytest.mark.parametrize("form", [{}, {"decimal": ","}])
def test_missing_values_are_those_of_pandas(tmp_path, form):
    from pandas._libs.parsers import STR_NA_VALUES

    cells = sorted({*STR_NA_VALUES, "", " ", "NaT", "NAN", "Null"})
    table = read(tmp_path, "t;x\n0;1\n" + "".join(f"1;{cell}\n" for cell in cells), **form)
    assert np.isnan(table.columns["x"]).tolist() == [False] + [True] * len(cells)
    assert table.gaps["x"].number == len(cells)
    assert table.fault("x", gaps_allowed=True) is None


def test_gaps_are_counted_over_the_whole_file(tmp_path):
    cells = ["1"] * 3000 + ["NA"] + ["2"] * 3000 + [""] * 2 + ["3"] * 3000
    table = read(tmp_path, "t,x\n" + "".join(f"a,{cell}\n" for cell in cells))
    expected = 'line 3002, column "x": a value is missing ("NA"), as in 3 of 9003 rows'
    assert table.fault("x") == expected
    np.testing.assert_array_equal(np.isnan(table.columns["x"]), [c in ("NA", "") for c in cells])
    # In a single column an empty pair of quotes is a missing value, a blank line is no row.
    assert read(tmp_path, 'x\n1\n""\n2\n\n').gaps["x"][:2] == (3, "")


# A type of values, and how pandas writes them.
KINDS = st.sampled_from([(",", "."), (";", "."), (";", ","), ("\t", "."), ("\t", ","), (",", ",")])
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=8)


@settings(deadline=None)
@given(
    kind=KINDS,
    rows=st.lists(st.tuples(TEXTS, NUMBERS, st.none() | NUMBERS), min_size=2, max_size=8),
    index=st.booleans(),
)
def test_what_pandas_writes_is_read_back_or_refused(tmp_path_factory, kind, rows, index):
    delimiter, decimal = kind
    frame = pd.DataFrame(rows, columns=["note", "x", "y"]).astype({"y": float})
    path = tmp_path_factory.mktemp("pandas") / "a.csv"
    frame.to_csv(path, sep=delimiter, decimal=decimal, index=index)
    # With the delimiter named there is one reading; without it, that one or a refusal.
    table = TableReader(delimiter=delimiter, decimal=decimal)(path)
    for name in ("x", "y"):
        np.testing.assert_array_equal(table.columns[name], frame[name])
    with suppress(SourceError):
        table = TableReader(decimal=decimal)(path)
        np.testing.assert_array_equal(table.columns["x"], frame["x"])


@settings(deadline=None)
@given(st.lists(st.floats(-1e12, 1e12).map(lambda x: round(x, 3)), min_size=1))
def test_thousands_are_read_as_they_are_written(values):
    english = NumberFormat(".", ",").numbers([f"{value:,.3f}" for value in values])
    swapped = [f"{value:,.3f}".translate({44: ".", 46: ","}) for value in values]
    german = NumberFormat(",", ".").numbers(swapped)
    assert (english.bad, german.bad) == (None, None)
    assert english.values.tolist() == german.values.tolist() == values


# Compression


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_a_compressed_file_is_read_like_its_content(tmp_path, compress):
    text = b"t,x\n1,1.5\n2,2.5\n"
    plain = read(tmp_path, text)
    packed = read(tmp_path, compress(text))
    assert packed.columns["x"].tolist() == [1.5, 2.5]
    assert packed == plain  # and so its trials are the same ones
    for damaged in (compress(text)[:-6], compress(text)[:20], compress(b"t,x\n" + bytes(99))[:-1]):
        with pytest.raises(SourceError, match=r"damaged or cut"):
            read(tmp_path, damaged)


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_a_file_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch, compress):
    monkeypatch.setattr(compressed, "MAX_BYTES", 2**21)
    assert read(tmp_path, compress(b"x\n" + b"1\n" * 2**18)).n_rows == 2**18
    with pytest.raises(SourceError, match="unpacks to more than"):
        read(tmp_path, compress(b"x\n" + b"1\n" * 2**21))


@pytest.mark.parametrize(("module", "compress"), [("bz2", bz2.compress), ("lzma", lzma.compress)])
def test_a_compression_that_python_lacks_is_refused(tmp_path, monkeypatch, module, compress):
    monkeypatch.setitem(sys.modules, module, None)
    assert read(tmp_path, "x\n1\n").n_rows == 1
    with pytest.raises(SourceError, match=r"this Python was built without (bzip2|xz); unpack it"):
        read(tmp_path, compress(b"x\n1\n"))


def test_a_spreadsheet_is_no_table_of_text(tmp_path):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as book:
        book.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(SourceError, match="a spreadsheet; save the table as CSV"):
        read(tmp_path, file.getvalue())


def test_a_gzip_file_of_two_members_is_read_whole(tmp_path):
    """`cat a.csv.gz b.csv.gz` is a gzip file, too."""
    file = io.BytesIO(gzip.compress(b"t,x\n1,2\n") + gzip.compress(b"3,4\n"))
    assert read(tmp_path, file.getvalue()).columns["x"].tolist() == [2, 4]


# Messages


@settings(deadline=None)
@given(st.text(min_size=1).map(lambda text: text * 400))
def test_the_content_of_a_file_is_quoted_on_one_short_line(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("long") / "a.csv"
    frame = pd.DataFrame([[text, "1", ""]] * 3, columns=[text, "x", f"{text}2"])
    path.write_text(
        frame.to_csv(index=False, quoting=csv.QUOTE_ALL),
        encoding="utf-8",
        errors="ignore",
        newline="",
    )
    table = TableReader(delimiter=",")(path)
    faults = [table.fault(name) for name in (*table.names, "y", text[:5000])]
    for fault in filter(None, faults):
        assert len(fault) < 1000
        assert fault.isprintable()


def test_a_table_of_very_many_columns(tmp_path):
    names = [f"column {i}" for i in range(5000)]
    table = read(tmp_path, ",".join(names) + "\n" + ",".join("1" for _ in names) + "\n")
    assert table.fault("colum 7").endswith('"column 19" and 4980 more; did you mean "column 7"?')
    assert math.prod(table.columns["column 4999"]) == 1
