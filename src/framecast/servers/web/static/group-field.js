// The groups of a stream: those that other streams have are offered as switches, another one is typed.

import { el } from "./dom.js";
import { Field, button, input } from "./form-field.js";
import { MOST_GROUPS, kept, wrongText } from "./stream-texts.js";

export class GroupField {
  /** @type {string[]} */
  #chosen = [];
  /** @type {string[]} */
  #known = [];
  #chips = el("div", { class: "chips", role: "group", "aria-label": "Known groups" });
  #input = input("form-group", { placeholder: "Garden", autocapitalize: "sentences" });
  /** @type {Field} */
  field = new Field("Groups", this.#input, { beside: button("Add group", () => this.#add()), hint: this.#chips, check: () => this.#wrong() });

  constructor() {
    this.element = this.field.element;
    this.#input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing || !this.field.value) return;
      event.preventDefault();
      this.#add();
    });
  }

  /**
   * @param {string[]} groups of the stream
   * @param {string[]} [known] those of all streams
   */
  fill(groups, known = this.#known) {
    this.#chosen = [...groups];
    this.#known = known;
    this.field.value = "";
    this.#show();
  }

  /** Offer these groups, too. @param {string[]} known */
  offer(known) {
    this.#known = known;
    this.#show();
  }

  /** The chosen groups, with the one that is typed. */
  read() {
    const typed = kept(this.field.value);
    return typed && !this.#chosen.includes(typed) ? [...this.#chosen, typed] : this.#chosen;
  }

  /** @returns {string} */
  #wrong() {
    const count = this.read().length;
    return wrongText("The name of a group", this.field.value) || (count > MOST_GROUPS ? `A stream must have at most ${MOST_GROUPS} groups, got ${count}.` : "");
  }

  #add() {
    if (this.field.isValid()) this.fill(this.read());
    this.#input.focus();
  }

  #show() {
    const all = [...new Set([...this.#chosen, ...this.#known])].sort((one, other) => one.localeCompare(other));
    this.#chips.replaceChildren(...all.map((group) => this.#chip(group)));
    this.field.hint.hidden = all.length === 0;
  }

  /** @param {string} group */
  #chip(group) {
    const isChosen = this.#chosen.includes(group);
    const toggle = () => {
      this.#chosen = isChosen ? this.#chosen.filter((one) => one !== group) : [...this.#chosen, group];
      this.#show();
      [...this.#chips.querySelectorAll("button")].find((chip) => chip.textContent === group)?.focus();
      this.element.dispatchEvent(new Event("input", { bubbles: true }));
    };
    return el("button", { class: "chip", type: "button", "aria-pressed": String(isChosen), onclick: toggle }, group);
  }
}

