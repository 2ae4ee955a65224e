// Makes elements and icons. Text is set as text, never as HTML.

const ICONS = {
  play: "M8 5.500v13l11-6.500z",
  pause: "M8 5v14M16 5v14",
  loud: "M4 9.500v5h3.500L12 18.500v-13L7.500 9.500zM15.500 9a4 4 0 0 1 0 6M18 6.500a8 8 0 0 1 0 11",
  mute: "M4 9.500v5h3.500L12 18.500v-13L7.500 9.500zM16 9.500l5 5M21 9.500l-5 5",
  shot: "M4 8h3.500L9 5.500h6L16.500 8H20v11H4zM12 16.500a3.200 3.200 0 1 0 0-6.400 3.200 3.200 0 0 0 0 6.400z",
  record: "M12 18a6 6 0 1 0 0-12 6 6 0 0 0 0 12z",
  pip: "M3.500 5.500h17v13h-17zM12.500 12h5.500v4h-5.500z",
  full: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  lost: "M3 3l18 18M10 6h4.500a2 2 0 0 1 2 2v2.500l4.500-3v9M16.500 16.500a2 2 0 0 1-2 1.500H5a2 2 0 0 1-2-2V8a2 2 0 0 1 2-2",
};

/** @typedef {keyof typeof ICONS} IconName */

/**
 * @param {string} tag
 * @param {Record<string, string | EventListener>} attributes a function is a listener
 * @param {(Node | string)[]} children
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** @param {IconName} name */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  const isFull = name === "play" || name === "record";
  const attributes = { d: ICONS[name], fill: isFull ? "currentColor" : "none", stroke: "currentColor", "stroke-width": name === "pause" ? "3" : "1.7", "stroke-linecap": "round", "stroke-linejoin": "round" };
  for (const [key, value] of Object.entries(attributes)) path.setAttribute(key, value);
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.append(path);
  return svg;
}

/** Changes the text only if it differs: screen readers announce each change. @param {Element} element @param {string} text */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {string} label @param {IconName} sign @param {string} name @param {() => unknown} onClick */
export function button(label, sign, name, onClick) {
  return /** @type {HTMLButtonElement} */ (make("button", { type: "button", class: name, part: "button", "aria-label": label, title: label, click: () => void onClick() }, icon(sign)));
}

/** @param {HTMLButtonElement} element @param {string} label @param {IconName} sign */
export function setButton(element, label, sign) {
  if (element.title === label) return;
  element.title = label;
  element.setAttribute("aria-label", label);
  element.replaceChildren(icon(sign));
}
