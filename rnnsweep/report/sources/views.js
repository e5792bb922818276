// Draws each view when it is on the screen and what it shows has changed, one a frame.
//
// The mark `data-ready` is on the root element while all that is on the screen is drawn.

const views = [];
let frame = 0;

const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      views.find((view) => view.section === target).visible = isIntersecting;
    }
    schedule();
  },
  { rootMargin: "100px" },
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
  for (const view of views) if (view.id === id) view.stale = true;
  schedule();
}

function schedule() {
  if (frame) return;
  delete document.documentElement.dataset.ready;
  frame = requestAnimationFrame(drawNext);
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
