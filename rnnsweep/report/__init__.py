"""The interactive page of a sweep, `report.html`: one file that needs no network.

`collected` reads the store once, `contents` makes the page's data from that, `packing` writes
arrays as text, and `page` joins them with the sources and Plotly's script.
"""
