"""The plots of a sweep: loss curves, the loss map, the effect of each setting, and success.

`study` prepares the trials, a file for each plot draws it with the parts in `setting`, `scale`,
`marks`, `lettering` and `style`, and `files` writes the plots into the results folder.
"""
