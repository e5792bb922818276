// The importance of each setting and pair: its share of the variance, over all trials.

const MOST_PARTS = 16;

function startImportance() {
  const { importance } = data;
  const known = (name) => importance.parts.some((part) => part[name] !== null);
  const dot = known("low") ? "dot and line: corrected share and its interval" : "dot: corrected";
  const marks = known("corrected") ? ` Bar: share; ${dot}.` : "";
  byId("importance-note").textContent = `${importance.note}${marks}`;
  const parts = importance.parts.filter((part) => part.kind !== "pair" || part.share >= 0.005);
  const ends = parts.flatMap(({ share, corrected, high }) => [share, corrected ?? 0, high ?? 0]);
  const most = Math.max(...ends, 0.01);
  byId("importance-list").replaceChildren(
    ...parts.slice(0, MOST_PARTS).map((part) => importanceRow(part, most)),
  );
  const nLess = importance.parts.length - Math.min(parts.length, MOST_PARTS);
  byId("importance-less").textContent = nLess
    ? `${countText(nLess, "smaller part")} not drawn.`
    : "";
}

function importanceRow(part, most) {
  const track = element("span", { class: "track", "aria-hidden": "true" });
  track.append(mark("bar", 0, part.share / most));
  if (part.low !== null) track.append(mark("interval", part.low / most, part.high / most));
  if (part.corrected !== null) track.append(mark("estimate", part.corrected / most));
  const interval =
    part.low === null ? "" : ` (${percentText(part.low)} to ${percentText(part.high)})`;
  const corrected =
    part.corrected === null ? "" : `, corrected ${percentText(part.corrected)}${interval}`;
  const figure = element("span", { class: "figure" }, `${percentText(part.share)}${corrected}`);
  const name = element("span", { class: "name" }, part.name);
  const known = part.settings.length > 0 && part.settings.every(axisNamed);
  if (!known)
    return element(
      "li",
      { "data-part": part.name },
      element("div", { class: "effect" }, name, track, figure),
    );
  const title =
    part.kind === "pair" ? "Show the map of these two settings" : "Show a curve for each value";
  return element(
    "li",
    { "data-part": part.name },
    element(
      "button",
      { type: "button", class: "effect", title, onclick: () => showPart(part) },
      name,
      track,
      figure,
    ),
  );
}

function showPart({ settings: [first, second] }) {
  if (second) {
    const panels = state.mapPanels === first || state.mapPanels === second ? "" : state.mapPanels;
    update({ mapX: first, mapY: second, mapPanels: panels });
    byId("map").scrollIntoView();
  } else {
    update({ by: first, selected: [] });
    byId("curves").scrollIntoView();
  }
}
