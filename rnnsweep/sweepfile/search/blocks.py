"""The search forms of a file taken apart: [grid], [[zip]], [random], [[exclude]], [[when]]."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from rnnsweep.sweepfile.faults import shown
from rnnsweep.sweepfile.keys import RECORD_TABLES, TABLES
from rnnsweep.sweepfile.keys.unknown import Unknown, unknown_in_form

BLOCKS = ("zip", "exclude", "when")
SEARCH_TABLES = ("grid", "zip", "random", "exclude", "when")
_OWN_KEYS = {"random": ("trials", "seed"), "when": ("if",)}
_EXAMPLES = {
    "task": "seq_len",
    "model": "hidden_size",
    "train": "learning_rate",
    "stop": "patience",
}

Report = Callable[[Unknown], None]


class Entry(NamedTuple):
    """A key as a search form gives it.

    Attributes
    ----------
    head : str
        The block it stands in, as in "[grid]" or "[[when]] 2 if"
    table, name : str
        The key; `table` is "" for the seed.
    given : object
        What the file says of it.
    """

    head: str
    table: str
    name: str
    given: Any

    @property
    def key(self) -> str:
        """The key as in "model.hidden_size"."""
        return f"{self.table}.{self.name}" if self.table else self.name


@dataclass
class Block:
    """One table of a search form.

    Attributes
    ----------
    form : str
        "grid", "zip", "random", "exclude" or "when".
    head : str
        As in "[[when]] 2"; without the number where it is the only one.
    entries : list of Entry
        Its axes, draws or, of an exclusion, conditions.
    conditions : list of Entry
        What stands under `if`.
    own : dict
        Its own keys: `trials` and `seed` of [random].
    """

    form: str
    head: str
    entries: list[Entry] = field(default_factory=list)
    conditions: list[Entry] = field(default_factory=list)
    own: dict[str, Any] = field(default_factory=dict)


def read_blocks(document: Mapping[str, Any], report: Report) -> list[Block]:
    """Take a file's search forms apart, in their order in the file; wrong names are reported."""
    blocks = []
    for form in SEARCH_TABLES:
        tables = _tables_of(document, form, report)
        for number, table in enumerate(tables, start=1):
            head = f"[{form}]"
            if form in BLOCKS:
                head = f"[[{form}]] {number}" if len(tables) > 1 else f"[[{form}]]"
            blocks.append(_read_block(form, head, table, report))
    return blocks


def _tables_of(
    document: Mapping[str, Any], form: str, report: Report
) -> Sequence[Mapping[str, Any]]:
    if form not in document:
        return []
    given = document[form]
    if form not in BLOCKS:
        if isinstance(given, dict):
            return [given]
        report(Unknown(f"[{form}]: {shown(given)} given; allowed: a table of keys", form))
        return []
    if isinstance(given, list) and all(isinstance(table, dict) for table in given):
        return given
    wanted = f"allowed: tables of keys, each under [[{form}]]"
    single = "; write it with double brackets" if isinstance(given, dict) else ""
    report(Unknown(f"[{form}]: {shown(given)} given; {wanted}{single}", form))
    return []


def _read_block(form: str, head: str, table: Mapping[str, Any], report: Report) -> Block:
    block = Block(form, head)
    own = _OWN_KEYS.get(form, ())
    block.own = {name: table[name] for name in own if name in table}
    rest = {name: value for name, value in table.items() if name not in own}
    as_list = form != "exclude"
    block.entries = list(_entries(head, rest, as_list, report, own))
    if form == "when" and "if" in block.own:
        given = block.own["if"]
        if isinstance(given, dict):
            block.conditions = list(_entries(f"{head} if", given, False, report))
        else:
            report(
                Unknown(
                    f"{head} if: {shown(given)} given; allowed: keys with their values, as in "
                    'if.train.optimizer = "sgd"',
                    None,
                )
            )
    return block


def _entries(
    head: str,
    table: Mapping[str, Any],
    as_list: bool,
    report: Report,
    own: Sequence[str] = (),
) -> Iterator[Entry]:
    for name, given in table.items():
        if name == "seed":
            yield Entry(head, "", name, given)
        elif name in RECORD_TABLES:
            fault = f"{head} {name}: no axis; it is alike for all trials and stands in [{name}]"
            report(Unknown(fault, None))
        elif name not in TABLES:
            report(unknown_in_form(head, name, own))
        elif isinstance(given, dict):
            for bare, value in given.items():
                yield Entry(head, name, bare, value)
        else:
            kind, sign = ("axes", "[...]") if as_list else ("values", "...")
            report(
                Unknown(
                    f"{head} {name}: {shown(given)} given; allowed: keys with their {kind}, as in "
                    f"{name}.{_EXAMPLES[name]} = {sign}",
                    None,
                )
            )
