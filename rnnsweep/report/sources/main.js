// Starts the page: fills what never changes, connects the views to the state, and draws.

const COUNT_WORDS = { pending: "not ended" };

function startHeader() {
  const { name, shard, headline, counts, notes, text: file } = data.sweep;
  byId("title").textContent = shard ? `${name}, shard ${shard}` : name;
  byId("headline").textContent = headline;
  const words = ["complete", "solved", "stopped", "diverged", "failed", "pending"];
  const countOf = (word) => `${counts[word].toLocaleString("en")} ${COUNT_WORDS[word] ?? word}`;
  byId("counts").replaceChildren(
    element("li", {}, countText(counts.total, "trial")),
    ...words
      .filter((word) => counts[word])
      .map((word) => element("li", { "data-count": word }, countOf(word))),
  );
  byId("notes").replaceChildren(...notes.map((note) => element("li", {}, note)));
  byId("sweep-text").textContent = file;
}

// Views without anything to show are left out.
function hideEmpty() {
  const comparesNothing = !axes.length || !hasScores;
  const isEmpty = {
    curves: !nTrials,
    forecast: !data.forecast,
    effects: comparesNothing,
    importance: comparesNothing,
    map: comparesNothing || axes.length < 2,
    divergence: axes.length < 2 || !settings.n_diverged.some((n) => n > 0),
    parallel: comparesNothing,
    filters: !axes.length,
  };
  for (const [id, isHidden] of Object.entries(isEmpty)) byId(id).hidden = isHidden;
  byId("layout").classList.toggle("without-filters", !axes.length);
}

function startLinks() {
  const sections = Array.from(document.querySelectorAll("main > section")).filter(
    (own) => !own.hidden,
  );
  byId("views").replaceChildren(
    ...sections.map((section) =>
      button(section.querySelector("h2").textContent, {
        class: "link",
        "data-view": section.id,
        onclick: () => section.scrollIntoView(),
      }),
    ),
  );
}

// The settings that views show first: those that matter most, if that is known.
function chooseDefaults() {
  const parts = data.importance.parts
    .filter((part) => part.kind === "setting")
    .flatMap((part) => part.settings);
  const named = [...parts.filter(axisNamed), ...axes.map((axis) => axis.name)];
  const [first = "", second = "", third = ""] = [...new Set(named)];
  const few = (name) => (axisNamed(name)?.labels.length ?? 0) <= 12;
  const panels = [third, first, second].find((name) => name && few(name)) ?? "";
  Object.assign(defaults, {
    by: first,
    mapX: first,
    mapY: second,
    mapPanels: third && few(third) ? panels : "",
  });
}

startTheme(redrawAll);
startHeader();
chooseDefaults();
startFilters();
startTable();
startCurves();
startMaps();
startParallel();
startEffects();
startImportance();
startTrial();
startForecast();
hideEmpty();
startLinks();
startAddress();
addView("settings", drawTable);
addView("curves", drawCurves);
addView("forecast", drawForecast);
addView("map", drawMap);
addView("divergence", drawDivergence);
addView("parallel", drawParallel);
addView("effects", drawEffects);
onUpdate(drawFilters);
onUpdate(drawTrial);
onUpdate(redrawAll);
update(stateOf(location.hash), "");
