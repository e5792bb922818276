// What the tests of the layout measure in the page. The value is an object of functions.
(() => {
  const style = (element) => getComputedStyle(element);

  function visible(element) {
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.height > 1; // one pixel: text for screen readers alone
  }

  function texts() {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const all = [];
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement;
      const text = walker.currentNode.data.trim();
      if (text && !element.closest("script, style, option") && visible(element)) {
        all.push({ text: text.slice(0, 40), element, node: walker.currentNode });
      }
    }
    return all;
  }

  // ---- colours, by WCAG 2.2: relative luminance and contrast ratio

  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  function rgba(colour) {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  }

  function over(top, below) {
    return [0, 1, 2].map((i) => top[3] * top[i] + (1 - top[3]) * below[i]).concat(1);
  }

  function background(element) {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      layers.push(rgba(style(at).backgroundColor));
    }
    return layers.reduceRight((below, top) => over(top, below), [255, 255, 255, 1]);
  }

  function luminance([r, g, b]) {
    const [R, G, B] = [r, g, b].map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * R + 0.7152 * G + 0.0722 * B;
  }

  function contrast(element) {
    const own = style(element);
    const below = background(element);
    const text = over(rgba(element.closest("svg") ? own.fill : own.color), below);
    const [light, dark] = [luminance(text), luminance(below)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  }

  function faint() {
    return (
      texts()
        // a label on a coloured cell has the cell for its background
        .filter(({ element }) => !element.closest(".textpoint, :disabled, [aria-disabled=true]"))
        .map(({ text, element }) => {
          const { fontSize, fontWeight } = style(element);
          const size = parseFloat(fontSize);
          const isLarge = size >= 24 || (size >= 18.66 && fontWeight >= 700);
          return { text, needs: isLarge ? 3 : 4.5, has: contrast(element) };
        })
        .filter(({ needs, has }) => has < needs)
        .map(({ text, has }) => `${text}: ${has.toFixed(2)}`)
    );
  }

  // ---- places

  // The lines of a text, each cut to the part that its scrolling ancestors show.
  function lines({ element, node }) {
    const range = document.createRange();
    range.selectNodeContents(node);
    let boxes = [...range.getClientRects()];
    for (let at = element; at && at !== document.body; at = at.parentElement) {
      if (style(at).overflow === "visible") continue;
      const outer = at.getBoundingClientRect();
      boxes = boxes.map((box) => ({
        left: Math.max(box.left, outer.left),
        top: Math.max(box.top, outer.top),
        right: Math.min(box.right, outer.right),
        bottom: Math.min(box.bottom, outer.bottom),
      }));
    }
    return boxes.filter((box) => box.right > box.left && box.bottom > box.top);
  }

  const allLines = () =>
    texts().flatMap((each) =>
      lines(each).map((box) => ({ text: each.text, node: each.node, box })),
    );

  function outside() {
    const width = document.documentElement.clientWidth;
    return allLines()
      .filter(({ box }) => box.right > width + 1 || box.left < -1)
      .filter(({ box }) => box.right > 0) // what is there for a keyboard alone
      .map(({ text, box }) => `${text}: ${box.left.toFixed()} to ${box.right.toFixed()}`);
  }

  function overlapping() {
    const found = [];
    const all = allLines();
    for (const [i, { text, node, box }] of all.entries()) {
      for (const other of all.slice(i + 1)) {
        if (other.node === node) continue;
        const across = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
        const down = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
        // a line's box is higher than its letters
        if (across > 2 && down > 5) found.push(`${text} | ${other.text}`);
      }
    }
    return found;
  }

  // ---- controls

  const CONTROLS = "button, input, select, textarea, summary, a[href], [tabindex='0']";
  const named = (element) =>
    element.ariaLabel ||
    element.getAttribute("aria-labelledby") ||
    element.title ||
    element.labels?.length ||
    element.textContent.trim();

  function nameless() {
    return [...document.querySelectorAll(CONTROLS)]
      .filter((element) => visible(element) && !named(element))
      .map((element) => element.outerHTML.slice(0, 100));
  }

  function small(leastPx) {
    return [...document.querySelectorAll("button, input, select, summary")]
      .filter(visible)
      .map((element) => ({
        element,
        // a label around a box can be pressed, too
        box: (element.closest("label") ?? element).getBoundingClientRect(),
      }))
      .filter(({ box }) => box.height < leastPx || box.width < leastPx)
      .map(
        ({ element, box }) =>
          `${element.outerHTML.slice(0, 80)}: ${box.width.toFixed()} x ${box.height.toFixed()}`,
      );
  }

  return { faint, outside, overlapping, nameless, small };
})()
