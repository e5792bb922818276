"""The results of a sweep as tables: CSV and Parquet files, and DataFrames."""
