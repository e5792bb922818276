// One trial in full: its result, its settings, and the sweep file that reruns it alone.

const configs = data.configs;
const seedConfigs = configs.filter((config) => data.seeds.includes(config.name));
const axisValue = (axis, trial) => axis.values[axis.codes[settingOf[trial]]];
const codedValue = ({ values, codes }, trial) => values[codes ? codes[trial] : 0];
const configValue = (config, trial) =>
  config.axis === undefined ? codedValue(config, trial) : axisValue(axes[config.axis], trial);
const configText = (value) => (value === null || Number.isNaN(value) ? NONE : String(value));

const RESULT_NAMES = [
  "best_val_loss",
  "test_loss",
  "baseline",
  "test_baseline",
  "best_val_accuracy",
  "test_accuracy",
  "final_val_loss",
  "best_epoch",
  "epochs_run",
  "diverged_epoch",
  "updates_to_success",
  "n_params",
];

function startTrial() {
  const dialog = byId("trial");
  dialog.addEventListener("close", () => {
    if (state.trial >= 0) update({ trial: -1 });
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  byId("trial-close").addEventListener("click", () => dialog.close());
  byId("trial-copy").addEventListener("click", copyToml);
}

function drawTrial() {
  const dialog = byId("trial");
  const { trial } = state;
  if (trial < 0) {
    if (dialog.open) dialog.close();
    return;
  }
  byId("trial-title").textContent = `Trial ${trialIds[trial]}`;
  byId("trial-setting").textContent = settingText(settingOf[trial]);
  drawSiblings(trial);
  const results = [
    ["status", trials.statuses[trials.status[trial]]],
    ...RESULT_NAMES.filter((name) => trials[name]).map((name) => [
      name,
      exactText(trials[name][trial]),
    ]),
  ];
  const error = trials.error_texts[trials.errors[trial]];
  if (error) results.push(["error", error]);
  byId("trial-results").replaceChildren(...results.map(pairRow));
  byId("trial-config").replaceChildren(
    ...configs.map((config) => pairRow([config.name, configText(configValue(config, trial))])),
  );
  byId("trial-toml").textContent = tomlOf(trial);
  byId("trial-copied").textContent = "";
  if (!dialog.open) dialog.showModal();
}

const exactText = (value) => (Number.isNaN(value) ? NONE : String(value));
const pairRow = ([name, value]) =>
  element(
    "tr",
    { "data-name": name },
    element("th", { scope: "row" }, name),
    element("td", {}, value),
  );

// The trials of the same setting, which differ in their seeds.
function drawSiblings(trial) {
  const row = settingOf[trial];
  const first = settings.first[row];
  const rows = Array.from({ length: settings.first[row + 1] - first }, (_, i) => {
    const other = first + i;
    const seeds = seedConfigs.map((config) =>
      element("td", {}, configText(configValue(config, other))),
    );
    const open = button(trialIds[other], {
      class: "link",
      "aria-current": other === trial ? "true" : null,
      "data-trial": trialIds[other],
      onclick: () => update({ trial: other }),
    });
    return element(
      "tr",
      { class: other === trial ? "current" : null },
      element("td", {}, open),
      ...seeds,
      element("td", {}, trials.statuses[trials.status[other]]),
      element("td", { class: "number" }, numberText(trials.best_val_loss?.[other])),
      element("td", { class: "number" }, numberText(trials.test_loss?.[other])),
    );
  });
  const names = [
    "trial",
    ...seedConfigs.map((config) => config.name),
    "status",
    "best validation loss",
    "test loss",
  ];
  byId("trial-siblings").replaceChildren(
    element(
      "thead",
      {},
      element("tr", {}, ...names.map((name) => element("th", { scope: "col" }, name))),
    ),
    element("tbody", {}, ...rows),
  );
}

// The lines of the trial's sweep file; each is one of a few that some trials share.
function tomlOf(trial) {
  const lines = data.toml.lines
    .map((line) => lineText(line, trial))
    .filter((line) => line !== null);
  return lines.join("").replace(data.toml.id, trialIds[trial]);
}

function lineText(line, trial) {
  if (line.axis === undefined) return codedValue(line, trial);
  const number = axisValue(axes[line.axis], trial);
  const isWhole = Number.isInteger(number) && Math.abs(number) < 1e21; // a float needs a point
  return `${line.before}${line.float && isWhole ? number.toFixed(1) : number}${line.after}`;
}

async function copyToml() {
  const content = byId("trial-toml").textContent;
  try {
    await navigator.clipboard.writeText(content);
    byId("trial-copied").textContent = "Copied.";
  } catch {
    // A page from a disk may have no right to the clipboard: select the text for the user.
    getSelection().selectAllChildren(byId("trial-toml"));
    byId("trial-copied").textContent = document.execCommand("copy")
      ? "Copied."
      : "Press Ctrl+C to copy the selected text.";
  }
}
