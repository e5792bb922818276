"""Words of the sweep file that kernels declare, read from their sources.

Importing the kernels loads numba, which takes half a second; checking a sweep file does not need
it.
"""

import ast
from pathlib import Path

_KERNELS = Path(__file__).parent / "kernels"


def declared_lines(decorator: str, file: str) -> dict[str, str]:
    """Return the line of each function that a file of the kernels declares, in the file's order.

    Parameters
    ----------
    decorator : str
        Name of the decorator that declares, whose first argument is the line: "activation" for
        ``@activation("max(z, 0)")``.
    file : str

    Raises
    ------
    ValueError
        If the first argument is no literal text; the message names the place.
    """
    path = _KERNELS / file
    lines = {}
    for function in ast.parse(path.read_text("utf-8")).body:
        if isinstance(function, ast.FunctionDef):
            for call in function.decorator_list:
                if isinstance(call, ast.Call) and ast.unparse(call.func) == decorator:
                    lines[function.name] = _line(call, path)
    return lines


def _line(call: ast.Call, path: Path) -> str:
    match call.args:
        case [ast.Constant(value=str(line)), *_]:
            return line
    raise ValueError(f"{path}:{call.lineno}: no line as a literal text: {ast.unparse(call)}")
