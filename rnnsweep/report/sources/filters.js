// The filters as form controls: a box for each value of a setting, or limits of a number.

function startFilters() {
  byId("filter-box").open = matchMedia("(min-width: 1000px)").matches; // as in page.css
  byId("filter-clear").addEventListener("click", () =>
    update({ allowed: initial.allowed, loss: NO_LIMITS }),
  );
  byId("filter-list").append(
    ...axes.map((axis, place) =>
      isRanged(axis) && axis.numeric ? limitsControl(axis, place) : valuesControl(axis, place),
    ),
    lossControl(),
  );
}

function valuesControl(axis, place) {
  const boxes = axis.labels.map((label, code) => {
    const box = element("input", {
      type: "checkbox",
      "data-value": label,
      onchange: (event) => setValue(place, code, event.target.checked),
    });
    const only = button("only", {
      class: "only",
      "aria-label": `Only ${axis.name} ${label}`,
      onclick: () => update({ allowed: toggledCode(place, code) }),
    });
    return element(
      "div",
      { class: "value" },
      element("label", {}, box, element("span", {}, label)),
      only,
    );
  });
  return element(
    "fieldset",
    { "data-axis": axis.name },
    element("legend", {}, axis.name),
    element("div", { class: "values" }, ...boxes),
  );
}

function setValue(place, code, isAllowed) {
  const flags = state.allowed[place]?.slice() ?? new Uint8Array(axes[place].labels.length).fill(1);
  flags[code] = isAllowed ? 1 : 0;
  update({ allowed: allowedWith(place, flags) });
}

function toggledCode(place, code) {
  const flags = new Uint8Array(axes[place].labels.length);
  flags[code] = 1;
  return allowedWith(place, sameFlags(state.allowed[place], flags) ? null : flags);
}

// A number that the filter begins or ends with: `end` is "low" or "high".
function limitInput(end, word, placeholder, onchange) {
  return element(
    "label",
    {},
    element("span", {}, word),
    element("input", { type: "number", step: "any", "data-end": end, placeholder, onchange }),
  );
}

function limitsControl(axis, place) {
  const numbers = axis.values.filter((value) => !Number.isNaN(value));
  const input = (end, word) =>
    limitInput(end, word, numberText(numbers[end === "low" ? 0 : numbers.length - 1]), () =>
      setLimits(axis, place, numbers.length),
    );
  return element(
    "fieldset",
    { "data-axis": axis.name },
    element("legend", {}, axis.name),
    element("div", { class: "limits" }, input("low", "from"), input("high", "to")),
  );
}

function setLimits(axis, place, nNumbers) {
  const [low, high] = limitsIn(fieldsetOf(axis));
  const flags = Uint8Array.from(axis.values, (value, code) =>
    code < nNumbers && value >= low && value <= high ? 1 : 0,
  );
  const all = low === -Infinity && high === Infinity;
  update({ allowed: allowedWith(place, all ? null : flags) });
}

function lossControl() {
  const change = () => update({ loss: limitsIn(byId("filter-loss")) });
  return element(
    "fieldset",
    { id: "filter-loss" },
    element("legend", {}, MEDIAN_LOSS),
    element(
      "div",
      { class: "limits" },
      limitInput("low", "from", "", change),
      limitInput("high", "to", "", change),
    ),
  );
}

const fieldsetOf = (axis) =>
  Array.from(byId("filter-list").querySelectorAll("fieldset")).find(
    (own) => own.dataset.axis === axis.name,
  );

function limitsIn(fieldset) {
  const [low, high] = ["low", "high"].map(
    (end) => fieldset.querySelector(`[data-end=${end}]`).value,
  );
  return [low === "" ? -Infinity : Number(low), high === "" ? Infinity : Number(high)];
}

// Show the state in the controls.
function drawFilters() {
  axes.forEach((axis, place) => {
    const flags = state.allowed[place];
    const fieldset = fieldsetOf(axis);
    fieldset.classList.toggle("active", Boolean(flags));
    fieldset.querySelectorAll("input[type=checkbox]").forEach((box, code) => {
      box.checked = !flags || flags[code] === 1;
    });
    const limits = fieldset.querySelectorAll("input[type=number]");
    if (limits.length) {
      const codes = flags ? axis.labels.map((_, code) => code).filter((code) => flags[code]) : [];
      limits[0].value = codes.length ? axis.values[codes[0]] : "";
      limits[1].value = codes.length ? axis.values[codes[codes.length - 1]] : "";
    }
  });
  const fieldset = byId("filter-loss");
  fieldset.classList.toggle(
    "active",
    Number.isFinite(state.loss[0]) || Number.isFinite(state.loss[1]),
  );
  fieldset.querySelectorAll("input").forEach((input, i) => {
    input.value = Number.isFinite(state.loss[i]) ? state.loss[i] : "";
  });
  byId("filter-clear").hidden = !isFiltered();
  byId("shown-count").textContent = isFiltered()
    ? `${shown.length.toLocaleString("en")} of ${countText(nSettings, "setting")} shown`
    : `all ${countText(nSettings, "setting")}`;
}
