"""Which keys a name means, and what to say of a name that a sweep file should not contain."""

from collections.abc import Iterable, Mapping, Sequence

from rnnsweep.suggestions import did_you_mean, nearest
from rnnsweep.sweepfile.faults import Faults, Refused
from rnnsweep.sweepfile.wording import listed, shown
from rnnsweep.vocabulary import SEEDS

from .file_words import FileWords, Owners
from .key import Key
from .layout import CELLS_TABLE, FORMS, RECORD_TABLES, REPEATED, TABLES, head, join_key
from .registry import all_keys

_NAMES = sorted((*TABLES, CELLS_TABLE, *RECORD_TABLES, *FORMS), key=lambda table: table in REPEATED)
_TABLES = listed(map(head, _NAMES))


def unknown_table(name: str) -> Refused:
    """Return the fault of a table that a file does not have."""
    near = nearest(name, _NAMES)
    return Refused(f"no such table; the tables are {_TABLES}{did_you_mean(near, head)}", near)


def unknown_at_top(name: str) -> Refused:
    """Return the fault of a key above the tables that is no seed."""
    near = probably_meant(name)
    allowed = f"the only keys above the tables are {listed(SEEDS)}; the tables are {_TABLES}"
    return Refused(f"no such key; {allowed}{did_you_mean(near)}", near)


def unknown_in_form(name: str, own: Iterable[str] = ()) -> Refused:
    """Return the fault of a name at the top of a search form's block, such as [grid].

    Parameters
    ----------
    own : iterable of str
        The block's own keys, such as `trials` of [random].
    """
    if name in {key.dotted for key in all_keys()}:
        return Refused(f"no such key; write {name} without the quotes", name)
    near = nearest(name, own) or probably_meant(name, TABLES)
    without_table = f"{listed(SEEDS[:-1])} and {SEEDS[-1]}"
    allowed = (
        f"a key is named with its table, as in model.hidden_size; only {without_table} have none"
    )
    return Refused(f"no such key; {allowed}{did_you_mean(near)}", near)


def keys_named(
    table: str,
    name: str,
    faults: Faults,
    file_words: FileWords,
    words: Sequence[str] | None = None,
    in_table: bool = False,
) -> list[Key]:
    """Return the keys that a name in a table means: in [task] a key of each task.

    What has no such key is added to the faults.

    Parameters
    ----------
    file_words : FileWords
    words : sequence of str, optional
        The words whose keys are meant where words decide; by default all that the file names.
    in_table : bool
        Whether the key is given in its table, where it is written without the table's name.
    """
    keys = file_words.keys(table)
    owners = file_words.owners(table)
    if owners is None:
        if name not in keys:
            fault = f"[{table}] has no such key"
            faults.add(_unknown_key(fault, name, keys, file_words, in_table))
        return [keys[name]] if name in keys else []
    if join_key(table, name) == owners.by.dotted:
        return [owners.by]
    words = owners.named if words is None else words
    if owners.unclear:
        words = [word for word in words if name in owners.keys[word]]
    elif not words and name not in keys:
        # Without a word, a key can only be one that no word brings.
        near = nearest(name, keys)
        faults.add(
            Refused(
                f"no {owners.noun} has such a key{did_you_mean(near)}", near and keys[near].dotted
            )
        )
    meant = []
    for word in words:
        if name in owners.keys[word]:
            meant.append(owners.keys[word][name])
        else:
            faults.add(_unknown_key_of(word, name, owners, file_words, in_table))
    return meant


def _unknown_key_of(
    word: str, name: str, owners: Owners, file_words: FileWords, in_table: bool
) -> Refused:
    keys = owners.keys[word]
    fault = f"the {owners.noun} {shown(word)} has no such key"
    others = owners.having(name)
    if nearest(name, keys) or not others:
        return _unknown_key(fault, name, keys, file_words, in_table)
    fault += f"; it is a key of {listed(map(shown, others))}"
    if having := owners.having(name, owners.named):
        fault += f"; {under_when(join_key(owners.table, name), owners, having)}"
    return Refused(fault)


def _unknown_key(
    fault: str, name: str, keys: Mapping[str, Key], file_words: FileWords, in_table: bool
) -> Refused:
    if near := nearest(name, keys):
        meant = keys[near].dotted
        return Refused(f"{fault}{did_you_mean(near if in_table else meant)}", meant)
    elsewhere = probably_meant(name, keys=file_words.all_keys())
    allowed = f"; allowed: {listed(keys)}" if keys else "; it has none"
    return Refused(f"{fault}{did_you_mean(elsewhere) or allowed}", elsewhere)


def under_when(key: str, owners: Owners, words: Sequence[str]) -> str:
    """Return where a key belongs that some of a file's words bring and others do not."""
    names = shown(words[0]) if len(words) == 1 else shown(words)
    return f"give {key} as an axis in a [[when]] with if.{owners.by.dotted} = {names}"


def probably_meant(
    name: str, others: Iterable[str] = (), keys: Iterable[Key] | None = None
) -> str | None:
    """Return the nearest key, with its table, or other name; None if none is near.

    Parameters
    ----------
    others : iterable of str
    keys : iterable of Key, optional
        By default those that every file has.
    """
    names: dict[str, str] = {}
    # A name that several tables have is that of the first of them.
    for key in all_keys() if keys is None else keys:
        names.setdefault(key.name, key.dotted)
    names |= {other: other for other in others}
    near = nearest(name, names)
    return names[near] if near else nearest(name, names.values())
