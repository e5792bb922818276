"""The tests of the page notice what a page may not do."""

import browsers
import pytest

browsers.need()

DOES = {
    "an error in the console": "console.error('no')",
    "a warning in the console": "console.warn('no')",
    "an exception": "null.no",
    "a promise that nobody takes": "Promise.reject(new Error('no'))",
    "a dialog": "alert('no')",
    "a request": "new Image().src = 'http://127.0.0.1:9/no.png'",
}


@pytest.mark.parametrize("what", DOES)
def test_a_fault_of_the_page_is_noticed(watch, tmp_path, what):
    file = tmp_path / "page.html"
    ready = "document.documentElement.dataset.ready = ''"
    file.write_text(f"<!doctype html><title>no</title><script>{ready}; {DOES[what]}</script>")
    watched = watch(file)
    watched.page.wait_for_timeout(50)
    with pytest.raises(AssertionError, match="no"):
        watched.check()
    watched.check()  # each fault is reported once
