"""Running a sweep: what is left to train, on which threads it trains, and what the user sees.

A run, in the order in which it happens:

- `run` enters the sweep's trials in the store of its results folder, which `sweep_folder` chooses,
  and has those trained that have no result yet. Then it writes tables and plots.
- `scheduler` hands the trials, in the order of `trial_queue`, to one of the `executors`, where
  `pack` trains them as `trial_memory` has room for them, and stores their records.
  `local_executors` has threads and the main thread; `compilation` prepares the kernels before the
  first trial that needs them; `backlog` keeps the records that are not stored yet.
- With the executor dask, `dask_executor` is between the scheduler's thread and `dask_cluster`, the
  connection to a cluster. `dask_worker` runs in its workers; there `remote_training` loads the
  sweep from its text, and `apart` trains what may take its process down in one of its own.
- `progress` and `time_left` are what the user sees meanwhile; `earlier_results` says which results
  of an older version no longer count.

On many machines: `shards` divides a sweep into parts, and `merge` puts the results of folders
together.

Without a run: `plan` says what a run would do, with the estimates of `sweep_cost`; `verify` checks
results, some of them by `recomputation`; `bench` measures how fast this machine trains;
`environment`, `cpu_quota` and `free_memory` describe the machine.
"""
