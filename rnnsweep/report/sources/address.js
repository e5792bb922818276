// The address keeps the state in its fragment, so that a view can be sent and Back works.
//
// Values are kept as their labels, so that an address still fits when more trials have ended.

const text = encodeURIComponent;
const isPlain = ([key]) => typeof initial[key] === "string" && key !== "sort";

// What is chosen where neither the user nor the address has chosen it; main.js adds to it.
const defaults = { ...initial };

function fragment() {
  const parts = [];
  axes.forEach((axis, place) => {
    const flags = state.allowed[place];
    if (flags) parts.push(`${text(`axis:${axis.name}`)}=${allowedText(axis, flags)}`);
  });
  if (state.loss[0] > -Infinity || state.loss[1] < Infinity) {
    const limits = state.loss.map((limit) => (Number.isFinite(limit) ? limit : ""));
    parts.push(`loss=${limits.join("..")}`);
  }
  if (state.sort !== "rank" || state.descending) {
    parts.push(`sort=${state.descending ? "-" : ""}${text(state.sort)}`);
  }
  for (const [key, value] of Object.entries(state).filter(isPlain)) {
    if (value !== defaults[key]) parts.push(`${key}=${text(value)}`);
  }
  if (state.seeds) parts.push("seeds=1");
  const firstIds = state.selected.map((row) => trialIds[settings.first[row]]);
  if (firstIds.length) parts.push(`selected=${firstIds.map(text).join(",")}`);
  if (state.trial >= 0) parts.push(`trial=${text(trialIds[state.trial])}`);
  return parts.length ? `#${parts.join("&")}` : "";
}

// Labels, or the first and the last one of a range of numbers.
function allowedText(axis, flags) {
  const codes = axis.labels.map((_, code) => code).filter((code) => flags[code]);
  const [first, last] = [codes[0], codes[codes.length - 1]];
  if (isRanged(axis) && codes.length === last - first + 1) {
    return `${text(axis.labels[first])}..${text(axis.labels[last])}`;
  }
  return codes.map((code) => text(axis.labels[code])).join(",");
}

function allowedOf(axis, value) {
  const codeOf = (part) => axis.labels.indexOf(decoded(part));
  const flags = new Uint8Array(axis.labels.length);
  const ends = isRanged(axis) ? value.split("..").map(codeOf) : [];
  if (ends.length === 2 && ends[0] >= 0 && ends[1] >= ends[0]) {
    return flags.fill(1, ends[0], ends[1] + 1);
  }
  for (const code of value.split(",").map(codeOf)) if (code >= 0) flags[code] = 1;
  return flags.some((flag) => flag) ? flags : null;
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // no address that this page has made
  }
}

// The state that an address names. What does not exist in this page is left out.
function stateOf(hash) {
  const result = { ...defaults };
  result.allowed = [...initial.allowed];
  for (const part of hash.replace(/^#/, "").split("&").filter(Boolean)) {
    const [key, value = ""] = part.split("=");
    const name = decoded(key);
    const place = axes.findIndex((axis) => `axis:${axis.name}` === name);
    if (place >= 0) result.allowed[place] = allowedOf(axes[place], value);
    else if (name === "loss") result.loss = lossLimitsOf(value);
    else if (name === "sort") {
      result.descending = value.startsWith("-");
      result.sort = decoded(value.replace(/^-/, ""));
    } else if (name === "seeds") result.seeds = true;
    else if (name === "selected") {
      const rows = value.split(",").map((id) => rowOfTrialId.get(decoded(id)));
      result.selected = rows.filter((row) => row !== undefined).slice(-MOST_SELECTED);
    } else if (name === "trial") result.trial = trialIds.indexOf(decoded(value));
    else if (Object.hasOwn(initial, name) && isPlain([name])) result[name] = decoded(value);
  }
  return result;
}

function lossLimitsOf(value) {
  const [low, high] = value.split("..").map((limit) => (limit === "" ? NaN : Number(limit)));
  return [Number.isFinite(low) ? low : -Infinity, Number.isFinite(high) ? high : Infinity];
}

function startAddress() {
  onUpdate((_, how) => {
    if (how !== "push" || fragment() === location.hash) return;
    history.pushState(null, "", fragment() || "#");
  });
  addEventListener("popstate", () => update(stateOf(location.hash), ""));
}
