"""Changed copies of an input: most changes keep its form, so that the code behind the parser runs.

A coverage-guided fuzzer and a plain loop both take `mutated`.
"""

import re
from collections.abc import Sequence
from random import Random

_TOKEN = re.compile(rb'"[^"\n]*"|\'[^\'\n]*\'|\[[^\]\n]*\]|[\w.+-]+|[^\w\s]')
# What parsers, sizes, names and screens have been known to stumble over.
STRANGE = (
    b"", b"0", b"-1", b"-0.0", b"1e999999999", b"1e-999999999", b"nan", b"inf", b"true", b"1_000",
    b"9223372036854775807", b"9223372036854775808", b"18446744073709551616", b"9" * 400,
    b"9" * 5000, b"0x" + b"f" * 5000, b"0.1" * 9, b"[]", b"[[]]", b"{}", b"[{}]", b"{a = {}}",
    b"[1, 2]", b'["a"]', b'[1, "a"]', b"{from = 0, to = 1e300, num = 1000000000}",
    b'{from = 1, to = 1000000000000, num = 1000000000000, scale = "log"}', b"{from = 1}",
    b"1979-05-27T07:32:00Z", b"07:32:00", b'""', b'" "', b'"\\u0000"', b'"\\u001b[31m"',
    b'"\\ufffd\\u202e"', b'"a\\nb"', b'"../../x"', b'"/etc/passwd"', b'"/dev/zero"', b'"."', b'"~"',
    b'"$HOME"', b'"C:\\\\x"', b'"con"', b'"$x_1^2$"', b'"=1+1"', b'"@a"', b'"+a"', b'"-x"',
    b'"' + b"a" * 5000 + b'"', b"[" * 2000, b"(" * 2000, b"a." * 2000 + b"a", b"-" * 2000, b"tanh(",
    b"x ** 1e308", b"1 / 0", b"\x00", b"\x1b", b"\xff", b"\xef\xbb\xbf", b"\r", b"\n", b"\t", b",",
    b";", b'"', b"'''", b"#", b"=", b"\n[grid]\n", b"\n[random]\n", b"\n[[when]]\n", b"\n[[zip]]\n",
    b"\n[[exclude]]\n", b"\n[cells.a]\n", b"\n[model]\n", b"model.hidden_size", b"seed",
)  # fmt: skip


def mutated(content: bytes, others: Sequence[bytes], random: Random) -> bytes:
    """Return a copy of an input with one to four changes.

    Parameters
    ----------
    content : bytes
    others : sequence of bytes
        Inputs of the same kind, from which tokens and lines are taken over.
    random : Random
    """
    for _ in range(random.randint(1, 4)):
        change = random.choice((_token, _token, _line, _bytes))
        content = change(content, random.choice(others), random)
    return content


def _token(content: bytes, other: bytes, random: Random) -> bytes:
    """Replace a token by a strange one, or by one of another input."""
    tokens = list(_TOKEN.finditer(content))
    if not tokens:
        return random.choice(STRANGE)
    place = random.choice(tokens)
    new = random.choice(STRANGE)
    if random.random() < 0.5 and (foreign := _TOKEN.findall(other)):
        new = random.choice(foreign)
    return content[: place.start()] + new + content[place.end() :]


def _line(content: bytes, other: bytes, random: Random) -> bytes:
    """Drop a line, repeat one elsewhere, or put one of another input in."""
    lines = content.splitlines(keepends=True) or [b""]
    place = random.randrange(len(lines))
    kind = random.randrange(3)
    if kind == 0:
        del lines[place]
    else:
        source = lines if kind == 1 else other.splitlines(keepends=True) or [b""]
        lines.insert(place, random.choice(source))
    return b"".join(lines)


def _bytes(content: bytes, other: bytes, random: Random) -> bytes:
    """Change some bytes, cut the end off, or repeat a stretch."""
    if not content:
        return random.randbytes(8)
    changed = bytearray(content)
    first = random.randrange(len(changed))
    kind = random.randrange(4)
    if kind == 0:
        del changed[first:]
    elif kind == 1:
        changed[first:first] = changed[first : first + random.randint(1, 64)] * random.randint(1, 9)
    elif kind == 2:
        del changed[first : first + random.randint(1, 16)]
    else:
        for _ in range(random.randint(1, 4)):
            changed[random.randrange(len(changed))] = random.randrange(256)
    return bytes(changed)
