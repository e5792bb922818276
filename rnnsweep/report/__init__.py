"""The interactive page of a sweep, `report.html`: one file that needs no network.

`collected` reads the store once, `contents` makes the page's data from that, `packing` writes
arrays as text, and `page` joins them with the sources and Plotly's script.

The page's script is in `sources`, a file for each idea: `data` unpacks the contents, `state` has
what the user has chosen and is changed by `update` alone, `address` keeps it in the address, and
`views` draws those views that are on the screen when it has changed. Tests and programs find the
page's parts by these names, which stay:

- sections have the ids `settings`, `curves`, `forecast`, `effects`, `importance`, `map`,
  `divergence`, `parallel` and `sweep-file`; a view's controls and plot have its id and `-controls`,
  `-plot`, `-caption`;
- `fieldset[data-axis=NAME] input[data-value=LABEL]` is the box of a value in the filters,
  `#filter-loss [data-end=low]` a limit of the loss, `#filter-clear` removes all;
- `tr[data-row=N]` is a row of the table, `th[data-column=KEY]` a heading with
  `button[data-sort=KEY]`, and `button[data-open=N]` opens the trials of a row;
- the dialog `#trial` has `#trial-toml` and `#trial-copy`;
- the root element has `data-ready` while all that is on the screen is drawn, and `data-complete`
  when every view was drawn once.
"""
