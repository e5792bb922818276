"""Rules between the keys of a sweep file.

`rule` says what a rule is. `network` and `training` have those of a network and its training,
which `rnnsweep.Model` follows as well; `task` those of a task with the rest; `memory`, `precision`
and `data` those of the machine and its numbers; `recording` those of what is recorded. `checking`
searches the combinations of a sweep for settings that break one.
"""
