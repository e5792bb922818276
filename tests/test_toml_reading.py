import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnsweep.toml_reading import MOST_BYTES, MOST_LEVELS, TomlBound, read_toml


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("#" * (MOST_BYTES + 1), "more than 2000000 characters"),
        ("a." * MOST_LEVELS + "a = 1", "a key has more than 50 parts"),
        ("[" + "'a' . " * MOST_LEVELS + "a]", "a key has more than 50 parts"),
        ("[[" + '"a". ' * 49_000 + "a]]", "a key has more than 50 parts"),
        ("a = " + "[" * 51 + "]" * 51, "nested too deep"),
        ("a = " + "[" * 5000, "nested too deep"),
        ("a = " + "{a = " * 51 + "1" + "}" * 51, "nested too deep"),
        ("a = " + "9" * 5000, "thousands of digits"),
        ("a = 0x" + "f" * 5000, "thousands of digits"),
        ("a = 0b" + "1" * 100_000, "thousands of digits"),
    ],
)
def test_what_would_take_minutes_is_refused(text, message):
    with pytest.raises(TomlBound, match=message):
        read_toml(text)


@given(st.text(st.sampled_from("ab.=[]{}'\"\n 1,#"), max_size=60))
def test_all_else_is_as_tomllib_reads_it(text):
    try:
        expected = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        with pytest.raises(tomllib.TOMLDecodeError):
            read_toml(text)
    else:
        assert read_toml(text) == expected


def test_depths_and_keys_up_to_the_bounds():
    text = f"{'a.' * 48}a = [1.5, '{'b.' * 40}', {'0.1, ' * 99}]"
    assert read_toml(text) == tomllib.loads(text)
