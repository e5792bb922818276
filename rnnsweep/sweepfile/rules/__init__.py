"""Rules between the keys of a sweep file, and the search for settings that break them."""
