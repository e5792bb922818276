"""The command line: its verbs and options, what they print, and how a command ends."""
