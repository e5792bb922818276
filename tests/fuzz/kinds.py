"""The kinds of input, by name: each module has `SEEDS`, sound inputs, and `target`.

A target takes the bytes of an input. It returns if the input is right or is refused with an error
for users; any other exception is a defect.
"""

from . import (
    cell_files,
    command_lines,
    csv_files,
    npz_files,
    overrides,
    results_folders,
    sweep_files,
    text_files,
)

KINDS = {
    module.__name__.rpartition(".")[2]: module
    for module in (
        sweep_files,
        cell_files,
        overrides,
        command_lines,
        csv_files,
        npz_files,
        text_files,
        results_folders,
    )
}
