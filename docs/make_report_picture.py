"""Takes the picture of the page that the documents show.

python docs/make_report_picture.py RESULTS, with the folder of a run of sweeps/grid.toml. It needs a
browser, as the tests of the page do.
"""

import sys
from io import BytesIO
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from rnnsweep.report.page import write_report
from tests.browsers import running

PICTURE = Path(__file__).parent / "pictures" / "report.png"
WINDOW = {"width": 1440, "height": 1320}
PICKED = (0, 5, 9)  # the rows whose curves are drawn


def main() -> None:
    """Write the page of the results, and its picture."""
    page_file = write_report(sys.argv[1])
    with running() as browser:
        page = browser.new_page(viewport=WINDOW, color_scheme="light")
        page.goto(page_file.resolve().as_uri())
        page.wait_for_selector("html[data-complete]")
        for row in PICKED:
            page.locator(f"tr[data-row='{row}'] input").click()
        page.wait_for_selector("html[data-ready]")
        page.mouse.move(0, 0)
        end = page.locator("#curves-plot").bounding_box()
        shown = {"x": 0, "y": 0, "width": WINDOW["width"], "height": end["y"] + end["height"]}
        shot = Image.open(BytesIO(page.screenshot(clip=shown)))
    # 256 colours are enough for a page of text and lines, and a third of the bytes
    shot.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(PICTURE, optimize=True)


if __name__ == "__main__":
    main()
