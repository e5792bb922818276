"""The results of a sweep as tables: CSV and Parquet files, and pandas DataFrames.

`write` writes the files and `results` gives the DataFrames, those of analyses by way of
`comparisons` and `overviews`; the columns of both are in `trials_table`, `epochs_table` and
`rnnsweep.analysis`.
"""
