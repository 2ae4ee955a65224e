// The fields of a stream's options: made from the table, filled, and read.

import { el } from "./dom.js";
import { GROUPS, OPTIONS } from "./stream-options.js";

/**
 * @typedef {import("./stream-options.js").Option} Option
 * @typedef {Record<string, boolean | number | string | string[]>} Values
 */

export class OptionFields {
  /** @type {Map<string, HTMLInputElement | HTMLSelectElement>} */
  #inputs = new Map();
  #changed = el("span", { class: "options-changed" });

  constructor() {
    this.element = /** @type {HTMLDetailsElement} */ (
      el("details", { class: "options" }, el("summary", {}, "Options", this.#changed), ...GROUPS.map((group) => this.#group(group)))
    );
    this.element.addEventListener("input", () => this.#count());
  }

  /** @param {Values} values missing options have their defaults */
  fill(values) {
    for (const option of OPTIONS) {
      const input = /** @type {HTMLInputElement} */ (this.#inputs.get(option.name));
      const value = values[option.name] ?? option.standard;
      if (option.kind === "yes") input.checked = value === true;
      else input.value = String(value);
    }
    this.#count();
    this.element.open = this.#own().length > 0;
  }

  /** The options that differ from their defaults. @returns {Values} */
  read() {
    return Object.fromEntries(this.#own());
  }

  /** The first invalid field, or undefined. */
  wrong() {
    const found = [...this.#inputs.values()].find((input) => !input.checkValidity());
    if (found) this.element.open = true;
    return found;
  }

  #own() {
    return OPTIONS.map((option) => /** @type {[string, boolean | number | string]} */ ([option.name, this.#value(option)])).filter(
      ([name, value]) => value !== OPTIONS.find((option) => option.name === name)?.standard,
    );
  }

  /** @param {Option} option */
  #value(option) {
    const input = /** @type {HTMLInputElement} */ (this.#inputs.get(option.name));
    if (option.kind === "yes") return input.checked;
    if (option.kind !== "number") return input.value.trim();
    return input.value === "" ? option.standard : Number(input.value);
  }

  #count() {
    const count = this.#own().length;
    this.#changed.textContent = count ? `${count} changed` : "";
  }

  /** @param {{title: string, options: Option[]}} group */
  #group({ title, options }) {
    return el("fieldset", {}, el("legend", {}, title), ...options.map((option) => this.#field(option)));
  }

  /** @param {Option} option */
  #field(option) {
    const id = `option-${option.name}`;
    const input = inputFor(option, id);
    this.#inputs.set(option.name, input);
    const hint = el("span", { class: "hint", id: `${id}-hint` }, option.hint);
    if (option.kind === "yes") return el("div", { class: "option yes" }, input, el("div", {}, el("label", { for: id }, option.label), hint));
    const unit = option.unit ? el("span", { class: "unit" }, option.unit) : null;
    return el("div", { class: "option" }, el("label", { for: id }, option.label), el("span", { class: "with-unit" }, input, unit), hint);
  }
}

/**
 * @param {Option} option
 * @param {string} id
 */
function inputFor(option, id) {
  const common = { id, "aria-describedby": `${id}-hint` };
  if (option.kind === "choice") {
    const choices = (option.choices ?? []).map((choice) => el("option", { value: choice }, choice));
    return /** @type {HTMLSelectElement} */ (el("select", common, ...choices));
  }
  const kinds = { yes: "checkbox", number: "number", text: "text" };
  /** @type {Record<string, string>} */
  const limits = option.kind === "number" ? { min: String(option.least), max: String(option.most), step: "any", inputmode: "decimal" } : {};
  return /** @type {HTMLInputElement} */ (el("input", { ...common, type: kinds[option.kind], autocomplete: "off", ...limits }));
}
