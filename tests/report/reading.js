// What the tests read of the page. The value is an object of functions.
(() => {
  const frame = () => new Promise(requestAnimationFrame);

  // The page draws in later frames, and has a mark while nothing is left to draw.
  async function drawn() {
    await frame(); // at whose end the page hears what has come onto the screen
    do await frame();
    while (!("ready" in document.documentElement.dataset));
    await frame();
  }

  async function table() {
    const box = document.getElementById("table");
    box.scrollIntoView({ block: "nearest" }); // what is not on the screen is drawn later
    await drawn();
    const headings = [...box.querySelectorAll("th[data-column]")];
    const rows = new Map();
    for (let top = 0; ; top += box.clientHeight) {
      box.scrollTop = top; // only the rows on the screen are elements
      await frame();
      await frame();
      for (const line of box.querySelectorAll("tr[data-row]")) {
        const texts = headings.map((th) => [
          th.dataset.column,
          line.cells[th.cellIndex].textContent,
        ]);
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
      ArrayBuffer.isView(value)
        ? [...value]
        : typeof value === "number" && !isFinite(value)
          ? null
          : value;
    return JSON.parse(JSON.stringify(document.getElementById(id).data, plain));
  }

  // The heights of the dashed lines across a plot.
  const dashes = (id) => document.getElementById(id).layout.shapes.map((shape) => shape.y0);

  // The cells of a map: the title of the panel, the labels across and up, and the text.
  function cells(id) {
    const { data, layout } = document.getElementById(id);
    return data
      .filter((trace) => trace.mode === "text")
      .flatMap((trace) => {
        const [across, up] = ["x", "y"].map(
          (axis) => layout[`${axis}axis${trace[`${axis}axis`].slice(1)}`],
        );
        const title = (layout.annotations[trace.meta]?.text ?? "").replace(/<\/?b>/g, "");
        return Array.from(trace.text, (text, i) => [
          [title, across.ticktext[trace.x[i]], up.ticktext[trace.y[i]]],
          text,
        ]);
      });
  }

  // Every view is drawn when it comes onto the screen.
  async function scrollThrough() {
    const page = document.scrollingElement;
    for (let top = 0; top < page.scrollHeight; top += innerHeight / 2) {
      page.scrollTop = top;
      await drawn();
    }
    page.scrollTop = 0;
    await drawn();
  }

  // Where in the window a point of a plot is, in pixels.
  function place([id, x, y]) {
    const plot = document.getElementById(id);
    const { xaxis, yaxis } = plot._fullLayout;
    const box = plot.getBoundingClientRect();
    const along = (axis, value) => axis._offset + axis.d2p(value);
    return [box.left + along(xaxis, x), box.top + along(yaxis, y)];
  }

  return { drawn, table, traces, dashes, cells, scrollThrough, place };
})()
