// The effect of each setting: the middle half of the scores for each of its values.

const EFFECT_SHARES = [0.25, 0.5, 0.75];

// The trials that are not in these numbers, or count in a way of their own.
function startEffects() {
  byId("effects-predictor").textContent = data.loss.predictor;
  const { total, ...counts } = data.sweep.counts;
  const sentence = (status, words) =>
    counts[status] &&
    `${counts[status].toLocaleString("en")} of ${countText(total, "trial")} ${words}`;
  byId("effects-missing").textContent = [
    sentence("pending", "did not end yet, so that these numbers may still change."),
    sentence("failed", "failed and have no number here."),
    sentence("diverged", "diverged and count as an infinite loss."),
  ]
    .filter(Boolean)
    .join(" ");
}

function drawEffects() {
  const all = axes.map((axis) => {
    const groupOf = new Int32Array(nSettings).fill(-1);
    for (const row of shown) groupOf[row] = shownCode(axis, row);
    return groupScores(groupOf, shownLabels(axis).length, EFFECT_SHARES);
  });
  const scale = lossScale(
    all.flatMap(({ quantiles }) => quantiles.flatMap((values) => Array.from(values))),
  );
  byId("effects-list").replaceChildren(
    ...axes.map((axis, place) => effectCard(axis, place, all[place], scale)),
  );
}

function effectCard(axis, place, { n, nDiverged, quantiles }, scale) {
  const allowed = state.allowed[place];
  const rows = shownLabels(axis).map((label, code) => {
    if (!n[code]) return null;
    const [low, median, high] = quantiles.map((values) => values[code]);
    const share = nDiverged[code] / n[code];
    const track = element("span", { class: "track", "aria-hidden": "true" });
    for (const [, loss] of baselines.slice(0, 1)) {
      const isOnScale = loss >= scale.low && loss <= scale.high;
      if (isOnScale) track.append(mark("baseline", scale.place(loss)));
    }
    track.append(
      mark(high > scale.high ? "range goes-on" : "range", scale.place(low), scale.place(high)),
      mark("median", scale.place(median)),
    );
    const isOnly = Boolean(allowed) && sameFlags(allowed, flagsOf(axis, code));
    const halfText = `middle half: ${numberText(low, 3)} to ${numberText(high, 3)}`;
    return element(
      "li",
      {},
      element(
        "button",
        {
          type: "button",
          class: "effect",
          "aria-pressed": String(isOnly),
          "data-value": label,
          title: `${halfText}; ${countText(n[code], "trial")}`,
          onclick: () => update({ allowed: toggledAllowed(place, code) }),
        },
        element("span", { class: "name" }, label),
        track,
        element("span", { class: "figure" }, numberText(median, 3)),
        element("span", { class: "share" }, share ? `${Math.round(100 * share)} % div.` : ""),
      ),
    );
  });
  const ticks = spaced(scale.ticks, scale.place, 0.22);
  const texts = tickTexts(ticks);
  const tickLine = element(
    "div",
    { class: "ticks", "aria-hidden": "true" },
    ...ticks.map((tick, i) => {
      const own = element("span", {}, texts[i]);
      own.style.left = `${100 * scale.place(tick)}%`;
      return own;
    }),
  );
  return element(
    "article",
    { class: "card", "data-axis": axis.name },
    element("h3", {}, axis.name),
    element("ul", {}, ...rows.filter(Boolean)),
    tickLine,
  );
}

function mark(kind, from, upto = from) {
  const node = element("span", { class: kind });
  node.style.left = `${100 * from}%`;
  if (upto > from) node.style.width = `${100 * (upto - from)}%`;
  return node;
}
