"""Run docs/notebook.ipynb from its first cell to its last, and store what it shows."""

import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

PAGE = Path(__file__).parent / "notebook.ipynb"
TIMEOUT_S = 300  # of a cell: kernels are compiled


def executed() -> nbformat.NotebookNode:
    """Return the notebook with new outputs; it runs in an empty folder.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell fails.
    """
    notebook = nbformat.read(PAGE, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook,
            timeout=TIMEOUT_S,
            kernel_name="python3",
            resources={"metadata": {"path": folder}},
            record_timing=False,
        )
        client.execute()
    return notebook


if __name__ == "__main__":
    nbformat.write(executed(), PAGE)
