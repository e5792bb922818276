"""docs/reliability.md names tests that exist."""

import ast
import re

import pytest
from commandline import ROOT

PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
NAMES = sorted(set(re.findall(r"`([\w/]*test_\w+\.py(?:::\w+)?)`", PAGE)))


def test_the_page_names_tests():
    assert len(NAMES) > 40


@pytest.mark.parametrize("name", NAMES)
def test_a_test_that_holds_a_promise_exists(name):
    file, _, test = name.partition("::")
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    tests = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert test in tests if test else any(each.startswith("test_") for each in tests)


def test_every_row_of_a_promise_names_a_test():
    promises, _, _ = PAGE.partition("## Figures")
    rows = [line for line in promises.splitlines() if line.startswith("| ")]
    rows = [row for row in rows if not row.startswith("| promise")]
    assert rows
    assert [row for row in rows if "test_" not in row] == []
