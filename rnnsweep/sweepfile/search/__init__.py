"""The search forms of a sweep file: [grid], [[zip]], [random], [[when]] and [[exclude]].

In the order of work: `blocks` takes the tables of the file apart, `reading` checks the values of
their keys (`values`, `ranges`, `draws`), `expansion` makes `dimensions` of them, and `existing`
finds the `combinations` of their points that exist, with `conditions` for what is wrong there.
"""
