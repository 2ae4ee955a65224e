// A dialog with a list to choose from: the videos of the library, or the people in the room.

import { el, say } from "../static/dom.js";
import { icon } from "../static/icons.js";

/**
 * @typedef {object} Choosable
 * @property {string} id
 * @property {string} title
 * @property {string} note
 * @property {string} picture address, "" for none
 *
 * @typedef {object} Question
 * @property {string} title
 * @property {string} none what is said if there is nothing to choose
 * @property {(words: string) => Promise<Choosable[]>} find `words`: the search; "" at the beginning
 * @property {boolean} hasSearch
 */

const TYPING_MS = 250;

export class Pick {
  #title = el("h2", { id: "watch-pick" });
  #close = el("button", { type: "button", class: "close", "aria-label": "Close", title: "Close", onclick: () => this.#dialog.close() }, icon("close"));
  #find = /** @type {HTMLInputElement} */ (el("input", { type: "search", class: "find", placeholder: "Search", "aria-label": "Search", oninput: () => this.#onInput() }));
  #rows = el("ul", { class: "rows" });
  #empty = el("p", { class: "empty", role: "status", hidden: true });
  #dialog = /** @type {HTMLDialogElement} */ (el("dialog", { "aria-labelledby": "watch-pick" }, el("div", { class: "head" }, this.#title, this.#close), this.#find, el("div", { class: "rows" }, this.#rows, this.#empty)));
  /** @type {Question | null} */
  #question = null;
  /** @type {(id: string) => void} */
  #onPick = () => {};
  #timer = 0;
  #asked = 0;

  get element() {
    return this.#dialog;
  }

  /** @param {Question} question @param {(id: string) => void} onPick */
  open(question, onPick) {
    [this.#question, this.#onPick] = [question, onPick];
    say(this.#title, question.title);
    this.#find.hidden = !question.hasSearch;
    this.#find.value = "";
    this.#rows.replaceChildren();
    this.#empty.hidden = true;
    if (!this.#dialog.open) this.#dialog.showModal();
    void this.#ask();
  }

  #onInput() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(), TYPING_MS);
  }

  /** The newest search counts, however late an older one is answered. */
  async #ask() {
    const question = /** @type {Question} */ (this.#question);
    const number = ++this.#asked;
    let none = question.none;
    const found = await question.find(this.#find.value.trim()).catch((error) => {
      none = `The list cannot be shown: ${error.message}`;
      return /** @type {Choosable[]} */ ([]);
    });
    if (number !== this.#asked) return;
    this.#rows.replaceChildren(...found.map((one) => this.#row(one)));
    this.#empty.hidden = found.length > 0;
    say(this.#empty, none);
  }

  /** @param {Choosable} one */
  #row({ id, title, note, picture }) {
    const image = picture ? el("img", { class: "picture", src: picture, alt: "", loading: "lazy" }) : null;
    const pick = () => {
      this.#dialog.close();
      this.#onPick(id);
    };
    return el("li", {}, el("button", { type: "button", onclick: pick }, image, el("span", { class: "title" }, title), note && el("span", { class: "note" }, note)));
  }
}
