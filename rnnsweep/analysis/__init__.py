"""Statistics over the trials of a sweep: outcomes, ranking, summary, comparisons and importance.

`survey` reads what all of it needs from the store in one pass; `outcomes` has it in columns, and
`trial_metrics` says what each number of a trial counts as. What users ask for:

- which setting is best: `ranking`, `summary`, `chosen`, `aggregates`;
- whether one is better than another: `selection` (what a user names), `pairs`, `paired`, `values`,
  `compared`;
- what all settings reach: `setting_scores`, `profiles`, `budget`, `tunability`;
- which setting matters: `factors`, `variance`, `forest`, `importance`, `seed_variance`;
- the trivial predictors and forecasts: `baselines`, `forecast`.

The formulas are in `grouped`, `intervals`, `bootstrap`, `power`, `student` and `loss_table`.
"""
