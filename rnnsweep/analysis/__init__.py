"""What the trials of a sweep say together: outcomes, baselines, ranking and statistics."""
