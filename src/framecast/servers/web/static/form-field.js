// A field of a form: label, control, hint, and beside it what is wrong with its value, instead of the browser's bubbles.

import { el, say } from "./dom.js";

/** @typedef {HTMLInputElement | HTMLSelectElement} Control */

export class Field {
  #wrong;
  /** What is wrong with the value now, "" if nothing is. @type {() => string} */
  check;

  /**
   * @param {string} label
   * @param {Control} control with an id
   * @param {{hint?: string | Node, check?: () => string, beside?: Node, kind?: string}} [options] `beside` stands in the row of the control
   */
  constructor(label, control, { hint = "", check = () => "", beside, kind = "row" } = {}) {
    this.control = control;
    this.check = check;
    this.#wrong = el("p", { class: "field-error", id: `${control.id}-error` });
    const described = [`${control.id}-error`];
    this.hint = el("p", { class: "hint", id: `${control.id}-hint`, hidden: hint === "" }, hint);
    described.push(this.hint.id);
    control.setAttribute("aria-describedby", described.join(" "));
    const box = beside ? el("div", { class: "beside" }, control, beside) : control;
    this.label = el("label", { for: control.id }, label);
    this.element = el("div", { class: kind }, this.label, box, this.#wrong, this.hint);
    control.addEventListener("input", () => this.fail(""));
  }

  get value() {
    return this.control.value.trim();
  }

  set value(text) {
    this.control.value = text;
    this.fail("");
  }

  /** Show what is wrong; "" takes it away. @param {string} words */
  fail(words) {
    say(this.#wrong, words);
    if (words) this.control.setAttribute("aria-invalid", "true");
    else this.control.removeAttribute("aria-invalid");
  }

  /** Check the value and show what is wrong. @returns {boolean} whether it is valid */
  isValid() {
    const words = this.element.closest("[hidden]") ? "" : this.check();
    this.fail(words);
    return words === "";
  }
}

/**
 * A text input.
 * @param {string} id
 * @param {Record<string, string | boolean>} [attributes]
 */
export function input(id, attributes = {}) {
  return /** @type {HTMLInputElement} */ (el("input", { id, type: "text", autocomplete: "off", autocapitalize: "none", spellcheck: "false", ...attributes }));
}

/**
 * @param {string} id
 * @param {[string, string][]} choices value and words
 */
export function select(id, choices) {
  return /** @type {HTMLSelectElement} */ (el("select", { id }, ...choices.map(([value, words]) => el("option", { value }, words))));
}

/**
 * @param {string} words
 * @param {() => void} run
 * @param {string} [kind]
 */
export function button(words, run, kind = "button") {
  return /** @type {HTMLButtonElement} */ (el("button", { class: kind, type: "button", onclick: run }, words));
}

/**
 * What is wrong with a number, "" if nothing is.
 * @param {string} what
 * @param {string} text
 * @param {number} least
 * @param {number} most
 * @param {boolean} [isWhole]
 */
export function wrongNumber(what, text, least, most, isWhole = false) {
  const value = Number(text);
  const isGood = text !== "" && Number.isFinite(value) && value >= least && value <= most && (!isWhole || Number.isInteger(value));
  return isGood ? "" : `${what} must be a ${isWhole ? "whole " : ""}number from ${least} to ${most}, got ${text || "nothing"}.`;
}
