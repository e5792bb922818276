// Starts the page: fills what never changes, connects the views to the state, and draws.

function startHeader() {
  const { name, shard, headline, counts, notes } = data.sweep;
  byId("title").textContent = shard ? `${name}, shard ${shard}` : name;
  byId("headline").textContent = headline;
  const words = ["complete", "solved", "stopped", "diverged", "failed", "pending"];
  byId("counts").replaceChildren(
    element("li", {}, countText(counts.total, "trial")),
    ...words.filter((word) => counts[word]).map((word) => element("li", { "data-count": word }, `${counts[word].toLocaleString("en")} ${word}`)),
  );
  byId("notes").replaceChildren(...notes.map((note) => element("li", {}, note)));
}

startTheme(redrawAll);
startHeader();
startTable();
startCurves();
addView("settings", drawTable);
addView("curves", drawCurves);
onUpdate(redrawAll);
update({ by: axes[0]?.name ?? "" }, "");
byId("curves-plot").on?.("plotly_click", () => {});
