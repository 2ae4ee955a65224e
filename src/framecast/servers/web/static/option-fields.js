// The fields of a stream's options: made from the table, filled, and read.

import { el } from "./dom.js";
import { Field, input, select, wrongNumber } from "./form-field.js";
import { GROUPS, OPTIONS } from "./stream-options.js";

/**
 * @typedef {import("./stream-options.js").Option} Option
 * @typedef {Record<string, boolean | number | string | string[]>} Values
 */

export class OptionFields {
  /** @type {Map<string, Field>} */
  #fields = new Map();
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
      const field = /** @type {Field} */ (this.#fields.get(option.name));
      const value = values[option.name] ?? option.standard;
      if (option.kind === "yes") /** @type {HTMLInputElement} */ (field.control).checked = value === true;
      else field.value = String(value);
    }
    this.#count();
    this.element.open = this.#own().length > 0;
  }

  /** The options that differ from their defaults. @returns {Values} */
  read() {
    return Object.fromEntries(this.#own());
  }

  /** All fields, to check them. */
  get fields() {
    return [...this.#fields.values()];
  }

  /** Show what the node says is wrong with an option, and go there. @param {string} name @param {string} words @returns {boolean} whether there is one */
  fail(name, words) {
    const field = this.#fields.get(name);
    if (!field) return false;
    this.element.open = true;
    field.fail(words);
    field.control.focus();
    return true;
  }

  #own() {
    return OPTIONS.map((option) => /** @type {[string, boolean | number | string]} */ ([option.name, this.#value(option)])).filter(
      ([name, value]) => value !== OPTIONS.find((option) => option.name === name)?.standard,
    );
  }

  /** @param {Option} option */
  #value(option) {
    const field = /** @type {Field} */ (this.#fields.get(option.name));
    if (option.kind === "yes") return /** @type {HTMLInputElement} */ (field.control).checked;
    if (option.kind !== "number") return field.value;
    return field.value === "" ? option.standard : Number(field.value);
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
    const isSwitch = option.kind === "yes";
    const unit = option.unit ? el("span", { class: "unit" }, option.unit) : undefined;
    /** @type {Field} */
    const field = new Field(option.label, inputFor(option), { hint: option.hint, beside: unit, kind: isSwitch ? "option yes" : "option", check: () => wrongOption(option, field.value) });
    this.#fields.set(option.name, field);
    return field.element;
  }
}

/**
 * @param {Option} option
 * @param {string} text
 */
function wrongOption(option, text) {
  if (option.kind === "number" && text !== "") return wrongNumber(option.label, text, option.least ?? 0, option.most ?? 0);
  const isDevice = option.name !== "hwaccel" || /^[A-Za-z0-9_./:-]{0,64}$/.test(text);
  return isDevice ? "" : `${option.label} must be the name of a device type, such as cuda.`;
}

/** @param {Option} option */
function inputFor(option) {
  const id = `option-${option.name}`;
  if (option.kind === "choice") return select(id, (option.choices ?? []).map((choice) => [choice, choice]));
  if (option.kind === "yes") return input(id, { type: "checkbox" });
  return input(id, option.kind === "number" ? { inputmode: "decimal" } : {});
}
