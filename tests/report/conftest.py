"""A browser for the tests of the page."""

import pytest
from browsers import SCREENS, Watched, running


@pytest.fixture(scope="module")
def browser():
    # A module, not a session: playwright's event loop runs as long, and other tests start theirs.
    with running() as browser:
        yield browser


@pytest.fixture(scope="module")
def open_page(browser):
    """Return a function that opens a file on a screen, in a scheme of colours.

    It yields the page, and fails at its end on an error or a request.
    """
    contexts = {}

    def open_(path, screen="desktop", scheme="light", fragment=""):
        if (screen, scheme) not in contexts:
            context = browser.new_context(**SCREENS[screen], color_scheme=scheme)
            context.grant_permissions(["clipboard-read", "clipboard-write"])
            contexts[screen, scheme] = context
        page = contexts[screen, scheme].new_page()
        watched = Watched(page)
        page.goto(f"{path.as_uri()}{fragment}")
        page.wait_for_selector("html[data-ready]")
        return watched

    yield open_
    for context in contexts.values():
        context.close()
