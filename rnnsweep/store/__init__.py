"""The results of a sweep on disk: a folder with one SQLite file, from which all else is derived.

`store` opens it to write and `reader` to read, on top of `database`, `forms` (its tables) and
`patience` (waiting for other programs). `rows` converts trials, `rank` says which trial is better,
`best_trial` and `saved_params` apply it, and `requirements` says which trials have to be trained.
`folder` has the paths, `run_lock` keeps a second run out, and `unstored` keeps trials that the
store could not take. `copies` are stored trials for another store, `comparison` says whether two of
one trial agree, and `union` collects what several stores have before they are merged.
"""
