// A card with rows of a page for people: it says when it is empty, or why it cannot be shown.

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { wordsOf } from "./send.js";

export class RowList {
  rows = el("ul", { class: "rows" });
  #wrong = el("p", { class: "notice bad", role: "alert", hidden: true });
  element = el("div", { class: "row-box" }, this.#wrong, el("div", { class: "card" }, this.rows));
  #sign;

  /** @param {string} [sign] the icon of an empty list */
  constructor(sign = "person") {
    this.#sign = sign;
  }

  /**
   * @template T
   * @param {T[]} found
   * @param {(one: T) => HTMLElement} row
   * @param {[string, string]} none what to say of an empty list: its title and what to do
   */
  show(found, row, [title, words]) {
    this.#wrong.hidden = true;
    const focused = this.rows.contains(document.activeElement) ? nameOf(/** @type {Element} */ (document.activeElement)) : "";
    const empty = el("li", { class: "nothing-yet" }, icon(this.#sign), el("strong", {}, title), el("p", {}, words));
    this.rows.replaceChildren(...(found.length ? found.map(row) : [empty]));
    if (!focused) return;
    const again = [...this.rows.querySelectorAll("a, button, input")].find((one) => nameOf(one) === focused);
    if (again instanceof HTMLElement) again.focus();
  }

  /**
   * Do something; if it fails, say so above the list.
   * @param {() => Promise<unknown>} what
   * @returns {Promise<boolean>} whether it is done
   */
  async attempt(what) {
    try {
      await what();
      this.#wrong.hidden = true;
      return true;
    } catch (error) {
      this.#wrong.hidden = false;
      this.#wrong.textContent = wordsOf(error);
      return false;
    }
  }
}

/** What a control is known by after its row was made again. @param {Element} control */
function nameOf(control) {
  return control.getAttribute("aria-label") ?? control.textContent ?? "";
}

/**
 * A badge.
 * @param {string} words
 * @param {string} [kind]
 */
export function badge(words, kind = "") {
  return el("span", { class: "badge", "data-kind": kind }, words);
}

/**
 * The button with three dots at the end of a row.
 * @param {string} label
 * @param {(button: HTMLElement) => void} open
 */
export function moreButton(label, open) {
  const button = el("button", { class: "button icon-button", type: "button", "aria-label": label, "aria-haspopup": "menu", "aria-expanded": "false" }, icon("more"));
  button.addEventListener("click", () => open(button));
  return button;
}
