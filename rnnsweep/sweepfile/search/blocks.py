"""The search forms of a file taken apart: what each block gives for which key."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from rnnsweep.sweepfile.faults import Faults, Refused
from rnnsweep.sweepfile.keys import (
    FORMS,
    OWN_KEYS,
    RECORD_TABLES,
    REPEATED,
    TABLES,
    flat_table,
    head,
    join_key,
)
from rnnsweep.sweepfile.keys.unknown import unknown_in_form
from rnnsweep.sweepfile.wording import as_key, shown
from rnnsweep.vocabulary import SEEDS

_EXAMPLES = {
    "task": "seq_len",
    "model": "hidden_size",
    "cell": "alpha",
    "train": "learning_rate",
    "stop": "patience",
}
CONDITION = 'keys with their values, as in if.train.optimizer = "sgd"'


class Entry(NamedTuple):
    """A key as a search form gives it.

    Attributes
    ----------
    head : str
        The block that has it, as in "[grid]" or "[[when]] 2 if".
    table, name : str
        The key; `table` is "" for a seed.
    value : object
        What the file gives for it.
    """

    head: str
    table: str
    name: str
    value: Any

    @property
    def key(self) -> str:
        """The key as in "model.hidden_size"."""
        return join_key(self.table, self.name)


@dataclass
class Block:
    """One table of a search form.

    Attributes
    ----------
    form : str
        One of `FORMS`.
    head : str
        As in "[[when]] 2"; without the number if the file has one such block.
    own : dict
        Its own keys: `trials` and `seed` of [random], `if` of [[when]].
    axes : list of Entry
        Its axes or draws; an exclusion has none.
    condition : list of Entry
        The keys of an exclusion, or those under `if`.
    """

    form: str
    head: str
    own: dict[str, Any]
    axes: list[Entry] = field(default_factory=list)
    condition: list[Entry] = field(default_factory=list)


def read_blocks(document: Mapping[str, Any], faults: Faults) -> list[Block]:
    """Return the blocks of a file's search forms, in the order of `FORMS`."""
    blocks = []
    for form in [form for form in FORMS if form in document]:
        tables: Sequence[Mapping[str, Any]] = []
        with faults.at(f"[{form}]"):
            tables = _tables_of(form, document[form])
        for number, table in enumerate(tables, start=1):
            place = f"{head(form)} {number}" if len(tables) > 1 else head(form)
            blocks.append(_read_block(form, place, table, faults))
    return blocks


def _tables_of(form: str, value: Any) -> Sequence[Mapping[str, Any]]:
    if form not in REPEATED:
        if isinstance(value, dict):
            return [value]
        raise Refused(f"{shown(value)} given; allowed: a table of keys", form)
    if isinstance(value, list) and all(isinstance(table, dict) for table in value):
        return value
    single = "; write it with double brackets" if isinstance(value, dict) else ""
    raise Refused(
        f"{shown(value)} given; allowed: tables of keys, each under {head(form)}{single}", form
    )


def _read_block(form: str, place: str, table: Mapping[str, Any], faults: Faults) -> Block:
    own = OWN_KEYS.get(form, ())
    block = Block(form, place, {name: table[name] for name in own if name in table})
    others = {name: value for name, value in table.items() if name not in own}
    entries = list(_entries(place, others, form != "exclude", own, faults))
    if form == "exclude":
        block.condition = entries
        return block
    block.axes = entries
    condition = block.own.get("if", {})
    if isinstance(condition, dict):
        block.condition = list(_entries(f"{place} if", condition, False, (), faults))
    else:
        faults.at(f"{place} if").add(f"{shown(condition)} given; allowed: {CONDITION}")
    return block


def _entries(
    place: str, table: Mapping[str, Any], as_axes: bool, own: Sequence[str], faults: Faults
) -> Iterator[Entry]:
    for name, value in table.items():
        if name in SEEDS:
            yield Entry(place, "", name, value)
            continue
        if name in TABLES and isinstance(value, dict):
            keys = flat_table(name, value)
            yield from (Entry(place, name, bare, inner) for bare, inner in keys.items())
            continue
        if name in TABLES:
            what, sign = ("axes", "[...]") if as_axes else ("values", "...")
            fault: str | Refused = (
                f"{shown(value)} given; allowed: keys with their {what}, as in "
                f"{name}.{_EXAMPLES[name]} = {sign}"
            )
        elif name in RECORD_TABLES:
            fault = f"no axis, but alike for all trials; give it in [{name}]"
        else:
            fault = unknown_in_form(name, own)
        faults.at(f"{place} {as_key(name)}").add(fault)
