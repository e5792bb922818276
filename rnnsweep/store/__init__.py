"""The store of a sweep's results: a folder with one SQLite file."""
