import pytest

from rnnsweep.errors import SweepError
from rnnsweep.message_text import LONGEST_LINE, showable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Größe\t漢字 🙂\nsecond line", "Größe\t漢字 🙂\nsecond line"),
        ("\x1b[31mred\x07", r"\x1b[31mred\x07"),
        ("a\rb\x7f\x9b", r"a\rb\x7f\x9b"),
        ("a\u202eb\u2066c\u2028d", r"a\u202eb\u2066c\u2028d"),
        ("\x02" * LONGEST_LINE, (r"\x02" * LONGEST_LINE)[: LONGEST_LINE - 3] + "..."),
        ("a" * (LONGEST_LINE + 1), "a" * (LONGEST_LINE - 3) + "..."),
    ],
)
def test_a_terminal_shows_a_text_as_it_is(text, shown):
    assert showable(text) == shown
    assert str(SweepError(text)) == shown
