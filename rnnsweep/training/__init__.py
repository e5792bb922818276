"""The training of one trial: its data, its network and its rule, and the record of what happened.

`trial.run_trial` turns a trial into a record. It takes the data from `data_cache`, trains a
`session.Session` for some epochs at a time, and measures `metrics` between them. `workload` says
what a trial takes before it runs.
"""
