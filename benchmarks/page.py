"""Time the page of a large sweep: `python -m benchmarks.page [--search] [--results DIR]`.

The store is filled with invented losses of 49,920 trials with 20 epochs each: those of a grid with
three seeds, or with `--search` those of a random search, 50,000 settings of one trial each. Then
`report` writes the page, and the machine's chromium opens it several times, filters it and brushes
it. Printed are the seconds and the memory of the command, the size of the file, and the median
times in the browser: from the navigation to the page's own mark that everything is drawn, and from
a user's action until all is drawn again. The CPU time is that of the page's main thread; it shows
on a busy machine what the time would be on a quiet one.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.commands import usage_of
from benchmarks.page_results import N_SEEDS, make_grid, make_search
from tests.browsers import SCREENS, running

TIMES = 3

# When the page has set its mark, in ms from the start of the navigation.
NOTE_READY = """
new MutationObserver(() => {
  if (document.documentElement?.dataset.ready !== undefined) window.readyAt ??= performance.now();
}).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-ready"] });
"""
# The time from a user's last event until the page, which has a mark while there is nothing left to
# draw, has drawn all, and the frame after that is on the screen.
NOTE_DRAWN = """
window.noteDrawn = () => {
  let start = 0, isDrawing = false;
  for (const type of ["pointermove", "mouseup", "click", "change"]) {
    addEventListener(type, (event) => { start = event.timeStamp; }, { capture: true, once: true });
  }
  window.drawn = new Promise((done) => requestAnimationFrame(function note() {
    const isReady = "ready" in document.documentElement.dataset;
    const isDone = start && isDrawing && isReady;
    isDrawing ||= start && !isReady;
    requestAnimationFrame(isDone ? () => done(performance.now() - start) : note);
  }));
};
"""


def main() -> None:
    """Print the times, and the size of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=N_SEEDS)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--search", action="store_true", help="a random search, not a grid")
    parser.add_argument("--results", type=Path, help="a folder to keep the results in")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.results or Path(scratch, "page")
        if not (folder / "store.db").exists():
            if arguments.search:
                sweep = make_search(folder, arguments.epochs)
            else:
                sweep = make_grid(folder, arguments.seeds, arguments.epochs)
            print(f"{len(sweep):,} trials of {arguments.epochs} epochs")
        _report(folder)
        _browse(folder / "report.html")


def _report(folder: Path) -> None:
    usage = usage_of("rnnsweep", ["report", str(folder)])
    if usage.exit_code:
        raise RuntimeError(f"report ended with {usage.exit_code}:\n{usage.stderr}")
    size = (folder / "report.html").stat().st_size
    print(f"report: {usage.wall_s:.1f} s, {usage.cpu_s:.1f} s of CPU, {usage.peak_mb:.0f} MB")
    print(f"report.html: {size / 1e6:.1f} MB", flush=True)


def _browse(path: Path) -> None:
    with running() as browser:
        for screen, options in SCREENS.items():
            context = browser.new_context(**options)
            context.add_init_script(NOTE_READY + NOTE_DRAWN)
            times = [_times_of_a_page(context, path.as_uri()) for _ in range(TIMES)]
            for name in times[0]:
                wall, cpu = zip(*(each[name] for each in times), strict=True)
                print(
                    f"{screen:8} {name:12} {median(wall):5.0f} ms (from {min(wall):.0f} to "
                    f"{max(wall):.0f}), {median(cpu):5.0f} ms of CPU",
                    flush=True,
                )


def _times_of_a_page(context: Any, address: str) -> dict[str, tuple[float, float]]:
    """Return the wall time and the CPU time of the main thread, in ms, of each action."""
    page = context.new_page()
    counters = context.new_cdp_session(page)
    counters.send("Performance.enable", {"timeDomain": "threadTicks"})

    def cpu_ms() -> float:
        metrics = counters.send("Performance.getMetrics")["metrics"]
        return 1000 * next(each["value"] for each in metrics if each["name"] == "TaskDuration")

    before = cpu_ms()
    page.goto(address)
    page.wait_for_selector("html[data-ready]")
    times = {"open": (page.evaluate("readyAt"), cpu_ms() - before)}
    page.wait_for_selector("html[data-complete]")
    for name, (prepare, act) in ACTIONS.items():
        prepare(page)
        page.wait_for_timeout(500)
        before = cpu_ms()
        page.evaluate("noteDrawn()")
        act(page)
        times[name] = (page.evaluate("drawn"), cpu_ms() - before)
    page.close()
    return times


def _nothing(page: Any) -> None:
    """Prepare an action that needs no preparation."""


def _open_filters(page: Any) -> None:
    """Open the filters, which are closed at first on a phone."""
    page.evaluate("document.getElementById('filter-box').open = true")


def _begin_brush(page: Any) -> None:
    """Drag along the second axis of the parallel coordinates, without an end."""
    canvas = page.locator("#parallel-canvas")
    canvas.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    page.mouse.move(*_on_axis(page, 0.75))
    page.mouse.down()
    page.mouse.move(*_on_axis(page, 0.6))


def _on_axis(page: Any, height: float) -> tuple[float, float]:
    """Return a point of that axis, at a share of the height of the canvas from above."""
    box = page.locator("#parallel-canvas").bounding_box()
    n_axes = page.locator("#filter-list fieldset[data-axis]").count()
    margins = 56, 70  # of parallel.js
    x = box["x"] + margins[0] + (box["width"] - sum(margins)) / n_axes
    return x, box["y"] + height * box["height"]


# What a user does, and what is done before that.
ACTIONS: dict[str, tuple[Callable[[Any], None], Callable[[Any], None]]] = {
    "sort": (_nothing, lambda page: page.click("[data-sort=mean]")),
    "pick": (_nothing, lambda page: page.click("tr[data-row] input >> nth=0")),
    "filter": (_open_filters, lambda page: page.click("[data-axis=activation] [data-value=relu]")),
    "brush": (_begin_brush, lambda page: page.mouse.move(*_on_axis(page, 0.4))),
}


if __name__ == "__main__":
    main()
