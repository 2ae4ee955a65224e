// A disc with the initials of a name. It says nothing to screen readers: the name stands beside it.

import { el } from "./dom.js";

const HUES = 6;

/** @param {string} name */
export function avatar(name) {
  return el("span", { class: "avatar", "aria-hidden": "true", "data-hue": String(hueOf(name)) }, initials(name));
}

/** The first letters of the first and the last word. @param {string} name */
export function initials(name) {
  const words = name.split(/[\s._-]+/).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words[words.length - 1] : ""].map((word) => [...(word ?? "")][0] ?? "");
  return letters.join("").toUpperCase() || "?";
}

/** @param {string} name */
function hueOf(name) {
  return [...name].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0) % HUES;
}
