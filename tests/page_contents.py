"""The contents of a page as its script reads them, with arrays in place of packed ones."""

import base64
import json
import re

import numpy as np


def contents_in(page):
    """Return the JSON in the file of a page, unpacked."""
    element = r'<script type="application/json" id="contents">(.*?)</script>'
    return unpacked(json.loads(re.search(element, page.read_text(encoding="utf-8"), re.DOTALL)[1]))


def unpacked(value):
    """Return a value of the JSON with its packed arrays unpacked, to any depth."""
    if isinstance(value, list):
        return [unpacked(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "bytes" not in value:
        return {name: unpacked(item) for name, item in value.items()}
    array = np.frombuffer(base64.b64decode(value["bytes"]), f"<{value['type']}")
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
    return text.replace(contents["toml"]["id"], contents["trials"]["ids"].split(" ")[trial])
