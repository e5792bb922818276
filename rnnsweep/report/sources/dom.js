// Making elements. All text from the sweep goes through here, as text and never as HTML.
"use strict";

const byId = (id) => document.getElementById(id);

// An element with attributes, listeners ("onclick") and children, which are elements or texts.
function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

const button = (text, attributes) => element("button", { type: "button", ...attributes }, text);

// A labelled <select>. `options` are pairs of a value and a text.
function choice(id, label, options, value, onchange) {
  const select = element("select", { id, onchange: (event) => onchange(event.target.value) });
  for (const [key, text] of options) {
    select.append(element("option", { value: key, selected: key === value }, text));
  }
  return element("label", { class: "choice" }, element("span", {}, label), select);
}

function checkbox(id, label, checked, onchange) {
  const box = element("input", { type: "checkbox", id, onchange: () => onchange(box.checked) });
  box.checked = checked;
  return element("label", { class: "tick" }, box, element("span", {}, label));
}
