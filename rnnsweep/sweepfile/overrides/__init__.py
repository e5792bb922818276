"""Keys that replace those of a sweep file: `--set` of the command line, `overrides` in Python.

`reading` takes them apart, `editing` replaces a key wherever a document has it, and
`applying` does so in the text of the file, which loses cells that nothing names any more
(`unused_cells`); `toml_text` writes values of Python as TOML.
"""
