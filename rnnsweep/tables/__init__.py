"""The results of a sweep: CSV and Parquet files, and the object with its tables and pictures.

`write` writes the files. `results` has the object that Python gets: its DataFrames, those of
analyses by way of `comparisons` and `overviews`, and its pictures, from `plotting`. The columns are
in `trials_table`, `epochs_table` and `rnnsweep.analysis`.
"""
