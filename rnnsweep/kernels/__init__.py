"""Every function that numba compiles, and nothing else.

No module here imports from another room: machine code is kept under a hash of this folder's
sources (`cache_directory`), which would not notice an edit elsewhere.
"""
