"""Writes `report.html`: the page's sources, Plotly's script and the contents in one file."""

import html
import json
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rnnsweep.errors import SweepError
from rnnsweep.store.folder import Folder
from rnnsweep.store.store import Store

from .contents import contents_of

# The page's scripts in the order in which they are joined: each uses those before it alone, and
# `main` starts the page.
SCRIPTS = (
    "dom",
    "numbers",
    "data",
    "state",
    "theme",
    "views",
    "scale",
    "groups",
    "address",
    "filters",
    "table",
    "panels",
    "curve_data",
    "curves",
    "map",
    "parallel",
    "effects",
    "importance",
    "trial",
    "forecast",
    "main",
)
# The page of more trials would be larger than 30 MB, and slow.
MOST_TRIALS = 200_000
STYLES = ("colours", "page", "views")


def write_report(folder: str | Path, n_running: int = 0) -> Path:
    """Write the page of a sweep's results, in place of an earlier one; return its path.

    It holds the trials that have ended, also while a run goes on.

    Parameters
    ----------
    folder : path
    n_running : int
        How many trials are being trained meanwhile, which the page says; 0 if that is unknown.

    Raises
    ------
    SweepError
        If there are more than `MOST_TRIALS`, or plotly is not installed; nothing was written.
    ResultsError
        If the folder has no results, they cannot be read, or the page cannot be written.
    """
    results = Folder(folder)
    with Store.reader(folder) as store:
        counts = store.counts()
        if (n_trials := counts.done + counts.failed) > MOST_TRIALS:
            raise SweepError(
                f"no {results.report_html.name}: {n_trials:,} trials have ended, and a page holds "
                f"up to {MOST_TRIALS:,}; use summary, plot and export"
            )
        contents = contents_of(store, n_running)
    with (
        results.replacing(results.report_html) as temporary,
        temporary.open("w", encoding="utf-8", newline="") as file,
    ):
        file.writelines(_parts(contents))
    return results.report_html


def renew_report(folder: Folder, is_wanted: bool, say: Callable[[str], None]) -> None:
    """Write the page at the end of a run, or remove that of an earlier run, of other trials.

    `say` gets a line for the user where there can be no page, as of too many trials.
    """
    if is_wanted:
        try:
            write_report(folder.path)
        except SweepError as error:
            say(str(error))
        else:
            return
    folder.remove(folder.report_html)


def _parts(contents: dict[str, Any]) -> Iterator[str]:
    """Yield the text of the page piece by piece."""
    title = contents["sweep"]["name"]
    insertions: dict[str, Callable[[], str]] = {
        "title": lambda: html.escape(title),
        "styles": lambda: _joined(STYLES, "css"),
        "plotly": _plotly,
        "contents": lambda: _json(contents),
        "scripts": lambda: "(() => {\n" + _joined(SCRIPTS, "js") + "})();",
    }
    before, *pieces = _source("page.html").split("{{")
    yield before
    for piece in pieces:
        name, _, after = piece.partition("}}")
        yield insertions[name]()
        yield after


def _json(contents: dict[str, Any]) -> str:
    """Return JSON that cannot end the element that it is in."""
    text = json.dumps(contents, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")


def _joined(names: tuple[str, ...], ending: str) -> str:
    return "".join(_source(f"{name}.{ending}") for name in names)


def _source(name: str) -> str:
    return files("rnnsweep.report").joinpath("sources", name).read_text(encoding="utf-8")


@cache
def _plotly() -> str:
    """Return Plotly's script, without importing its Python package, which takes a second."""
    spec = find_spec("plotly")
    if spec is None or spec.origin is None:
        raise SweepError("no report.html: it needs the package plotly (pip install plotly)")
    return Path(spec.origin).with_name("package_data").joinpath("plotly.min.js").read_text("utf-8")
