"""The command line: from the words that a user types to a call, and from its result to the screen.

`main` runs a command and turns errors into messages and exit codes; `commands` has one function for
each command; `options` declares their arguments and flags; `screens` prints their results.
"""
