"""What the commands print: one module for each command that shows a table, on standard output."""
