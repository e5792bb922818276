"""The files of users: what is read, and the place of every fault in it.

A CSV file is read in these steps, one in each module:

1. `files` finds the file and returns its bytes; each file is read once a sweep.
2. `compressed` unpacks gzip, bzip2 and xz; `files` decodes the text.
3. `csv_delimiters` finds the sign between cells, where the user does not name one.
4. `csv_records` cuts the text into records, the cells of each line.
5. `csv_numbers` turns cells into numbers: decimal signs, thousands, missing values.
6. `csv_file` collects the numbers into the columns of a table, with the first bad cell of each.

An npz file goes from `files` to `npz_file`, a text from `files` to the task. `numbers` describes
the numbers that reach a network, for the rules of a sweep file that look at their sizes. `quoting`
is how messages show what a file contains.
"""
