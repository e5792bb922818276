"""A browser for the tests of the page, and the pages that these tests share."""

import pytest
from browsers import SCHEMES, SCREENS, Watched, running
from report_cases import GRID, grid_losses, invented
from report_sweeps import ODD, hostile
from table_cases import read

from rnnsweep.report.page import write_report


@pytest.fixture(scope="module")
def browser():
    # A module, not a session: playwright's event loop runs as long, and other tests start theirs.
    with running() as browser:
        yield browser


@pytest.fixture(scope="module")
def contexts(browser):
    """Return a function that returns the browser's context for a screen and a scheme of colours."""
    made = {}

    def context(screen, scheme):
        if (screen, scheme) not in made:
            made[screen, scheme] = browser.new_context(**SCREENS[screen], color_scheme=scheme)
            made[screen, scheme].grant_permissions(["clipboard-read", "clipboard-write"])
        return made[screen, scheme]

    yield context
    for context_ in made.values():
        context_.close()


@pytest.fixture
def watch(contexts):
    """Return a function that opens a file and returns what the page does; see `Watched`."""
    opened = []

    def watch(path, screen="desktop", scheme="light", fragment=""):
        watched = Watched(contexts(screen, scheme).new_page())
        opened.append(watched)
        watched.page.goto(f"{path.as_uri()}{fragment}")
        watched.page.wait_for_selector("html[data-ready]")
        return watched

    yield watch
    for watched in opened:
        watched.page.close()


@pytest.fixture
def open_page(watch):
    """Return a function that opens the page of a results folder.

    At the end the test fails if the page reported an error or requested anything from a host.
    """
    opened = []

    def open_page(folder, *arguments, **options):
        opened.append(watch(folder / "report.html", *arguments, **options))
        opened[-1].page.wait_for_selector("html[data-complete]")
        return opened[-1].page

    yield open_page
    for watched in opened:
        watched.check()


@pytest.fixture(params=[(screen, scheme) for screen in SCREENS for scheme in SCHEMES], ids="-".join)
def look(request):
    """Each screen with each scheme of colours."""
    return request.param


@pytest.fixture(scope="session")
def results(tmp_path_factory):
    """Return a function that returns a folder of invented results with its page, by name.

    The names are "grid", "hostile" and those of `ODD`. The folders are not to be changed.
    """
    base = tmp_path_factory.mktemp("report")

    def results(name):
        folder = base / ("<a> & 'b'" if name == "hostile" else name)
        if not folder.exists():
            if name == "hostile":
                hostile(folder)
            else:
                invented(folder, *({"grid": (GRID, grid_losses)} | ODD)[name])
            write_report(folder)
        return folder

    return results


@pytest.fixture(scope="session")
def grid(results):
    return results("grid")


@pytest.fixture(scope="session")
def summary(grid):
    return read(grid / "summary.csv")


@pytest.fixture(scope="session")
def trials(grid):
    return read(grid / "trials.csv")


@pytest.fixture(scope="session")
def epochs(grid):
    return read(grid / "epochs.csv")
