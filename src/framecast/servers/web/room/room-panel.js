// A panel over the list: search, people, moderation, a question. One at a time; Escape and the cross close it.

import { el, say } from "../static/dom.js";
import { icon } from "../static/icons.js";
import { sentenceOf } from "./room-words.js";

export class RoomPanel {
  #title = el("h3", { id: "panel-title" });
  #wrong = el("p", { class: "bad", role: "alert", hidden: true });
  body = el("div", { class: "panel-body" });
  element = el("section", { class: "panel", role: "dialog", "aria-labelledby": "panel-title", hidden: true });
  /** What has the focus again afterwards. @type {HTMLElement | null} */
  #opener = null;
  #onClose = () => {};
  /** Which panel is open; "" without one. */
  name = "";

  constructor() {
    const close = el("button", { type: "button", class: "tool", "aria-label": "Close", onclick: () => this.close() }, icon("close"));
    this.element.append(el("div", { class: "panel-head" }, this.#title, close), this.body);
    this.element.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape") this.close();
    });
  }

  /**
   * @param {string} name
   * @param {string} title
   * @param {(Node | null)[]} parts
   * @param {() => void} [onClose]
   */
  open(name, title, parts, onClose = () => {}) {
    this.#onClose();
    if (this.element.hidden) this.#opener = /** @type {HTMLElement | null} */ (/** @type {ShadowRoot} */ (this.element.getRootNode()).activeElement);
    this.#onClose = onClose;
    this.name = name;
    say(this.#title, title);
    this.fail("");
    this.body.replaceChildren(...parts.filter((part) => part !== null), this.#wrong);
    this.element.hidden = false;
    const first = this.body.querySelector("input, textarea, select, button") ?? this.element.querySelector("button");
    if (first instanceof HTMLElement) first.focus();
  }

  close() {
    if (this.element.hidden) return;
    this.element.hidden = true;
    this.name = "";
    this.body.replaceChildren();
    this.#onClose();
    this.#onClose = () => {};
    if (this.#opener?.isConnected) this.#opener.focus();
    this.#opener = null;
  }

  /** @param {string} words */
  fail(words) {
    this.#wrong.hidden = words === "";
    say(this.#wrong, words);
  }

  /**
   * Do something; what goes wrong stands in the panel.
   * @param {() => Promise<unknown>} run
   * @param {HTMLButtonElement} [button]
   * @returns {Promise<boolean>}
   */
  async attempt(run, button) {
    if (button) button.disabled = true;
    this.fail("");
    try {
      await run();
      return true;
    } catch (error) {
      this.fail(sentenceOf(/** @type {Error} */ (error).message));
      return false;
    } finally {
      if (button) button.disabled = false;
    }
  }

  /**
   * A form in the panel; it closes when it was sent.
   * @param {string} name
   * @param {string} title
   * @param {(Node | null)[]} parts
   * @param {{words: string, isGrave?: boolean, run: () => Promise<unknown>, then?: () => void}} submit
   */
  ask(name, title, parts, { words, isGrave = false, run, then = () => {} }) {
    const yes = /** @type {HTMLButtonElement} */ (el("button", { type: "submit", class: isGrave ? "button grave" : "button primary" }, words));
    const form = el("form", { class: "form", novalidate: true }, ...parts, el("div", { class: "form-actions" }, el("button", { type: "button", class: "button", onclick: () => this.close() }, "Cancel"), yes));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (!(await this.attempt(run, yes))) return;
      this.close();
      then();
    });
    this.open(name, title, [form]);
  }
}

/** @param {string} label @param {HTMLElement} control @param {string} [hint] */
export function field(label, control, hint = "") {
  return el("label", { class: "field" }, el("span", {}, label), control, hint && el("small", {}, hint));
}

/** @param {[string, string][]} choices value and words @param {string} [chosen] */
export function select(choices, chosen = "") {
  return /** @type {HTMLSelectElement} */ (el("select", {}, ...choices.map(([value, words]) => el("option", { value, selected: value === chosen }, words))));
}
