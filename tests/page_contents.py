"""The contents of a page as its script reads them, with arrays in place of packed ones."""

import base64
import json
import re

import numpy as np


def contents_in(page):
    """Return the JSON in the file of a page, unpacked."""
    element = r'<script type="application/json" id="contents">(.*?)</script>'
    text = re.search(element, page.read_text(encoding="utf-8"), re.DOTALL)[1]
    contents = unpacked(json.loads(text))
    for table in ("settings", "trials"):
        for name, column in contents[table].items():
            contents[table][name] = like_another(contents, column)
    trials, settings = contents["trials"], contents["settings"]
    trials["ids"] = [f"t{bytes(own).hex()[1:]}" for own in trials["ids"].reshape(-1, 8)]
    settings["first"] = np.append(0, np.cumsum(settings["n"])).astype(int)
    return contents


def like_another(tables, column):
    """Return a column of the contents, which may be written as another one and the differences."""
    if "like" not in column:
        return column
    table, name = column["like"]
    copy = np.array(tables[table][name])
    copy[column["places"]] = column["numbers"]
    return copy


def unpacked(value):
    """Return a value of the JSON with its packed arrays unpacked, to any depth."""
    if isinstance(value, list):
        return [unpacked(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "bytes" not in value:
        return {name: unpacked(item) for name, item in value.items()}
    array = np.frombuffer(base64.b64decode(value["bytes"]), f"<{value['type']}")
    if "repeat" in value:
        return np.repeat(array, value["repeat"])
    return unpacked(value["of"])[array] if "of" in value else array


def value_of(contents, column, trial):
    """Return the value that a trial has in one of `configs`, or of the lines in `toml`."""
    if "axis" not in column:
        return column["values"][column["codes"][trial] if "codes" in column else 0]
    row = np.searchsorted(contents["settings"]["first"], trial, side="right") - 1
    axis = contents["axes"][column["axis"]]
    value = axis["values"][axis["codes"][row]]
    if isinstance(value, float):  # of packed values
        value = None if np.isnan(value) else float(value)
    if "before" not in column:
        return value
    return f"{column['before']}{value if column['float'] else int(value)}{column['after']}"


def toml_of(contents, trial):
    """Return the sweep file that the page shows for a trial."""
    lines = [value_of(contents, line, trial) for line in contents["toml"]["lines"]]
    text = "".join(line for line in lines if line is not None)
    return text.replace(contents["toml"]["id"], contents["trials"]["ids"][trial])
