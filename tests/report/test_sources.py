"""The page's sources: scripts that share one scope, in lines that can be read."""

import re
from collections import Counter

import pytest
from page_sources import SOURCES, source

from rnnsweep.report.page import SCRIPTS, STYLES

LONGEST_LINE = 100
# What begins at the left edge of a script is in the scope that all of them share.
DECLARATION = re.compile(
    r"^(?:async )?(?:const|let|var|class|function\*?) +([\w$]+|[{\[].*?[}\]])", re.M
)


def declared(script):
    """Return the names that a script declares at its top level."""
    return [name for names in DECLARATION.findall(script) for name in re.findall(r"[\w$]+", names)]


def test_the_names_of_a_script_are_found():
    script = "const a = 1;\nlet b;\nconst { c, d } = e;\nfunction f(x) {\n  const x = 1;\n}\n"
    script += "async function g() {}\nfunction* h() {}\n"
    assert declared(script) == ["a", "b", "c", "d", "f", "g", "h"]


def test_no_name_is_declared_twice_in_the_scope_that_all_scripts_share():
    names = Counter(name for script in SCRIPTS for name in declared(source(f"{script}.js")))
    assert len(names) > 100
    assert [name for name, n in names.items() if n > 1] == []


def test_every_source_is_in_the_page():
    names = {f"{name}.js" for name in SCRIPTS} | {f"{name}.css" for name in STYLES} | {"page.html"}
    assert {file.name for file in SOURCES.iterdir()} == names


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_lines_of_a_script_are_short(script):
    lines = source(f"{script}.js").splitlines()
    assert [line for line in lines if len(line) > LONGEST_LINE] == []
