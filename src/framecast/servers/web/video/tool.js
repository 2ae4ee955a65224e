// The buttons of a player.

import { make } from "../player/dom.js";
import { sign } from "./signs.js";

/** @import {SignName} from "./signs.js" */

/**
 * @param {string} words what it does; shown when the pointer is on it
 * @param {SignName} name
 * @param {string} kind a class
 * @param {() => unknown} onClick
 */
export function tool(words, name, kind, onClick) {
  const element = make("button", { type: "button", class: `tool ${kind}`, part: "button", "aria-label": words, title: words, click: () => void onClick() }, sign(name));
  element.dataset.sign = name;
  return /** @type {HTMLButtonElement} */ (element);
}

/** Change what a button does, if it differs: screen readers announce each change. @param {HTMLElement} element @param {string} words @param {SignName} name */
export function setTool(element, words, name) {
  if (element.title !== words) {
    element.title = words;
    element.setAttribute("aria-label", words);
  }
  if (element.dataset.sign === name) return;
  element.dataset.sign = name;
  element.replaceChildren(sign(name));
}
