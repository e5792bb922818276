"""Write the picture of the rooms into docs/architecture.md, from the imports: `make docs`."""

import ast
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from package_imports import IMPORTS, MODULES, ROOT, top

PAGE = Path(__file__).parent / "architecture.md"
BEGIN, END = "<!-- rooms: written by `make docs` -->", "<!-- /rooms -->"
WIDTH = 58

ROOMS = sorted({path.parent.name for path in ROOT.glob("*/__init__.py")})


def architecture() -> str:
    """Return the page, with the part between the marks as the code is now."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{_picture()}\n\n{_rooms()}\n\n{_modules()}\n\n{END}{after}"


def floors() -> list[list[str]]:
    """Return the rooms by floors, the highest first: each room is above all that it imports."""
    below = {room: set(_imported(room)) for room in ROOMS}
    height: dict[str, int] = {}
    while len(height) < len(below):
        # `tests/test_layers.py` makes sure that there is no circle, so each round has such rooms.
        free = [room for room in below if room not in height and below[room] <= height.keys()]
        height |= {room: max((height[r] for r in below[room]), default=-1) + 1 for room in free}
    return [
        [room for room in ROOMS if height[room] == level]
        for level in range(max(height.values()), -1, -1)
    ]


def _imported(room: str) -> Counter[str]:
    """Count the imports of a room's modules by the rooms that they import from."""
    return Counter(
        top(other)
        for name in MODULES
        if top(name) == room
        for other in IMPORTS[name]
        if top(other) in ROOMS and top(other) != room
    )


def _picture() -> str:
    """Draw the floors, each a box with its rooms side by side."""
    edge = f"+{'-' * WIDTH}+"
    lines = [edge]
    for rooms in floors():
        lines += [f"|{'     '.join(rooms).center(WIDTH)}|", edge]
    lines.append(f"|{'modules of rnnsweep/ itself: words and rules for all'.center(WIDTH)}|")
    return "\n".join(["```text", *lines, edge, "```"])


def _rooms() -> str:
    rows = ["| room | what it does | imports from |", "|---|---|---|"]
    for room in (room for rooms in floors() for room in rooms):
        imported = [other for rooms in floors() for other in rooms if other in _imported(room)]
        below = ", ".join(imported) or "no room"
        rows.append(
            f"| [`{room}/`](../rnnsweep/{room}) | {_line(ROOT / room / '__init__.py')} | {below} |"
        )
    return "\n".join(rows)


def _modules() -> str:
    """List the modules of the package's own folder."""
    rows = ["| module | what it has |", "|---|---|"]
    for path in sorted(ROOT.glob("*.py")):
        rows.append(f"| [`{path.name}`](../rnnsweep/{path.name}) | {_line(path)} |")
    return "\n".join(rows)


def _line(path: Path) -> str:
    """Return the first line of a module's docstring."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    line = (ast.get_docstring(tree) or "").partition("\n")[0]
    return line.replace("``", "`").replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(architecture(), encoding="utf-8")
