"""The exit codes of the command line."""

# Some trials of a run failed; every other error of the user that has no code below.
FAILED = 1
# The command line, the sweep file or its data is wrong; nothing was started or written.
WRONG_INPUT = 2
# The results folder cannot be used, or the output cannot be written.
RESULTS = 3
# Ctrl-C, SIGTERM or SIGHUP: 128 + SIGINT, as shells have it.
INTERRUPTED = 130
