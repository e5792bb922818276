"""Tasks of one's own: a function in a file of the user's, named as in "mytask.py:majority".

- `task` makes the class of such a task, with a key for each parameter of the function.
- `worker` is the script that runs the file, in a process of its own; `process` starts it, asks it
  and stops it.
- `functions` checks what one call returns, `checking` that several calls fit together.
- `parameters` makes the keys.

Nothing is imported here: most sweep files need none of it.
"""
