// A group of check boxes or radio buttons, each with an explanation.

import { el } from "./dom.js";

export class Choices {
  /** @type {Map<string, HTMLInputElement>} */
  #inputs = new Map();
  #rows = new Map();
  element;

  /**
   * @param {string} legend
   * @param {[string, string, string][]} choices value, words, hint
   * @param {{isOne?: boolean, chosen?: string[], onChange?: () => void}} [options] `isOne`: radio buttons
   */
  constructor(legend, choices, { isOne = false, chosen = [], onChange = () => {} } = {}) {
    const name = `choice-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
    for (const [value, words, hint] of choices) {
      const input = /** @type {HTMLInputElement} */ (el("input", { type: isOne ? "radio" : "checkbox", name, value, checked: chosen.includes(value), onchange: () => onChange() }));
      this.#inputs.set(value, input);
      this.#rows.set(value, el("label", { class: "choice" }, input, el("span", {}, words), el("span", { class: "hint" }, hint)));
    }
    this.element = el("fieldset", { class: "choices" }, el("legend", {}, legend), ...this.#rows.values());
  }

  /** The values that are chosen. */
  get values() {
    return [...this.#inputs].filter(([, input]) => input.checked).map(([value]) => value);
  }

  /** The one that is chosen, "" if none is. */
  get value() {
    return this.values[0] ?? "";
  }

  set values(chosen) {
    for (const [value, input] of this.#inputs) input.checked = chosen.includes(value);
  }
}
