// Draws each view when it is on the screen and what it shows has changed, one a frame.
//
// The mark `data-ready` is on the root element while all that is on the screen is drawn. Then the
// others are drawn for the first time, so that the page has its height before it is scrolled; the
// mark `data-complete` says that this is done.

const views = [];
let frame = 0;
let areSeen = false; // whether it is known which views are on the screen

const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      views.find((view) => view.section === target).isVisible = isIntersecting;
    }
    areSeen = true;
    schedule();
  },
  { rootMargin: "100px" },
);

// `draw` draws a view into its section.
function addView(id, draw) {
  const section = byId(id);
  views.push({ id, section, draw, isVisible: false, isStale: true, isNew: true });
  observer.observe(section);
}

// On paper all views are seen.
window.addEventListener("beforeprint", () => {
  for (const view of views) if (view.isStale && !view.section.hidden) draw(view);
});

function redrawAll() {
  for (const view of views) view.isStale = true;
  schedule();
}

function markStale(id) {
  for (const view of views) if (view.id === id) view.isStale = true;
  schedule();
}

function schedule() {
  if (frame || !areSeen) return;
  delete document.documentElement.dataset.ready;
  frame = requestAnimationFrame(drawNext);
}

function drawNext() {
  frame = 0;
  const view = views.find((other) => other.isStale && other.isVisible);
  if (view) {
    draw(view);
    schedule();
  } else {
    document.documentElement.dataset.ready = "true";
    if (!("complete" in document.documentElement.dataset)) setTimeout(drawNew, 0);
  }
}

function drawNew() {
  if (frame) return; // what is on the screen comes first
  const view = views.find((other) => other.isNew);
  if (!view) {
    document.documentElement.dataset.complete = "true";
    return;
  }
  if (!view.section.hidden) draw(view);
  view.isNew = false;
  setTimeout(drawNew, 0);
}

function draw(view) {
  view.isStale = false;
  view.isNew = false;
  view.draw();
}
