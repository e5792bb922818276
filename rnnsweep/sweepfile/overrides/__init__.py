"""Keys that replace those of a sweep file: `--set` of the command line, `overrides` in Python.

`reading` takes them apart and applies them to the text of the file, by `editing` its tables;
`toml_text` writes values of Python as TOML.
"""
