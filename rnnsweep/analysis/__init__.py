"""Statistics over the trials of a sweep: outcomes, baselines, ranking and summary.

`survey` reads what all of it needs from the store in one pass. The formulas are in `grouped`,
`intervals`, `student` and `loss_table`.
"""
