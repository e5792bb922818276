// Draws each view when it is on the screen and what it shows has changed, one a frame.

const views = [];
let frame = 0;

const observer = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      const view = views.find((other) => other.section === entry.target);
      view.visible = entry.isIntersecting;
    }
    schedule();
  },
  { rootMargin: "200px" },
);

// `draw` draws a view into its section.
function addView(id, draw) {
  const section = byId(id);
  views.push({ id, section, draw, visible: false, stale: true });
  observer.observe(section);
}

function redrawAll() {
  for (const view of views) view.stale = true;
  schedule();
}

function markStale(id) {
  const view = views.find((other) => other.id === id);
  if (view) view.stale = true;
  schedule();
}

function schedule() {
  if (!frame) frame = requestAnimationFrame(drawNext);
}

function drawNext() {
  frame = 0;
  const view = views.find((other) => other.stale && other.visible);
  if (!view) {
    document.documentElement.dataset.ready = "true";
    return;
  }
  view.stale = false;
  view.draw();
  schedule();
}
