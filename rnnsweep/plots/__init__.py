"""Pictures of how the trials of a sweep ended, and the files they are written to."""
