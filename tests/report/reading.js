// What the tests read of the page. The value is an object of functions.
(() => {
  const frame = () => new Promise(requestAnimationFrame);

  // The page draws in later frames, and marks itself as ready when nothing is left to draw.
  async function drawn() {
    do await frame(); while (document.documentElement.dataset.ready === undefined);
    await frame();
  }

  async function table() {
    const box = document.getElementById("table");
    const headings = [...box.querySelectorAll("th[data-column]")];
    const rows = new Map();
    for (let top = 0; ; top += box.clientHeight / 2) {
      box.scrollTop = top; // only the rows on the screen are elements
      await frame();
      await frame();
      for (const line of box.querySelectorAll("tr[data-row]")) {
        const texts = headings.map((th) => [th.dataset.column, line.cells[th.cellIndex].textContent]);
        rows.set(Number(line.getAttribute("aria-rowindex")), Object.fromEntries(texts));
      }
      if (top + box.clientHeight >= box.scrollHeight) break;
    }
    box.scrollTop = 0;
    await drawn();
    return [...rows.keys()].sort((a, b) => a - b).map((place) => rows.get(place));
  }

  // The traces of a plot: what is drawn of each, with typed arrays as lists.
  function traces(id) {
    const plain = (key, value) =>
      ArrayBuffer.isView(value) ? [...value] : typeof value === "number" && !isFinite(value) ? null : value;
    return JSON.parse(JSON.stringify(document.getElementById(id).data, plain));
  }

  // Where in the window a point of a plot is, in pixels.
  function place([id, x, y]) {
    const plot = document.getElementById(id);
    const { xaxis, yaxis } = plot._fullLayout;
    const box = plot.getBoundingClientRect();
    const along = (axis, value) => axis._offset + axis.d2p(value);
    return [box.left + along(xaxis, x), box.top + along(yaxis, y)];
  }

  return { drawn, table, traces, place };
})()
