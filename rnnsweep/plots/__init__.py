"""The pictures of a sweep, from loss curves to the importance of each setting.

`study` prepares the trials, and a file for each picture draws it with the parts in `setting`,
`scale`, `marks`, `lettering` and `style`. A run draws those in `figures`, which `files` writes into
the results folder; those in `on_request` are drawn for `results.plot` and `plot --kind` alone.
"""
