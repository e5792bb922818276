"""The browser of this machine in which the page is tested, and what it may not do there."""

import importlib.util
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

# How the line begins that says at the end of a test run that these tests were skipped.
LEFT_OUT = "left out: the page in a real browser"

# Chromium and its relatives alone have the protocol by which the tests drive them.
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The page is a file: what a browser asks its maker for on its own is none of the page's doing.
OPTIONS = (
    "--no-sandbox",  # does not work for root, which CI is
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",  # in a container /dev/shm may have 64 MB
    "--font-render-hinting=none",
)
LOCAL = ("file:", "data:", "blob:", "about:")
# What a widely used phone has.
SCREENS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 800}},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "device_scale_factor": 2,
        "is_mobile": True,
        "has_touch": True,
    },
}
SCHEMES = ("light", "dark")


def executable() -> str | None:
    """Return the path of a browser of this machine, or None if it has none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def lacking() -> str | None:
    """Return why the page cannot be tested in a browser here, or None if it can be."""
    if importlib.util.find_spec("playwright") is None:
        return "the Python package playwright is not installed"
    if executable() is None:
        return f"this machine has no {' or '.join(NAMES[:2])}"
    return None


def need() -> None:
    """Skip the tests of the module that calls this, or fail in CI, where there is no browser."""
    if reason := lacking():
        if os.environ.get("RNNSWEEP_BROWSER") == "required":
            raise RuntimeError(f"RNNSWEEP_BROWSER=required, and {reason}")
        pytest.skip(f"{LEFT_OUT}: {reason}", allow_module_level=True)


@contextmanager
def running() -> Iterator[Any]:
    """Start a browser without a window; yield it, and end it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=OPTIONS)
        yield browser
        browser.close()


class Watched:
    """A page of the browser, with everything that it did and should not have done.

    Attributes
    ----------
    page : playwright.sync_api.Page
    faults : list of str
        Errors and warnings in the console, exceptions, dialogs, requests to a host.
    """

    def __init__(self, page: Any) -> None:
        self.page = page
        self.faults: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.faults.append(f"exception: {error}"))
        page.on("request", self._see)
        page.on("dialog", self._close)

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"{message.type} in the console: {message.text}")

    def _see(self, request: Any) -> None:
        if not request.url.startswith(LOCAL):
            self.faults.append(f"request to {request.url}")

    def _close(self, dialog: Any) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def check(self) -> None:
        """Fail if the page did what it should not; forget it for the next test."""
        faults, self.faults = self.faults, []
        assert not faults, "\n".join(faults)
