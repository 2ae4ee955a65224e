// Tabs with the keys of the arrows, Home and End; the one that is shown stands in the fragment of the address.

import { el } from "./dom.js";

/**
 * @typedef {{element: HTMLElement, load: () => Promise<void>}} Part
 */

export class Tabs {
  /** @type {HTMLElement[]} */
  #buttons;
  #tabs;
  #shown = -1;
  bar;
  panel = el("div", { class: "tab-panel", role: "tabpanel", id: "panel", tabindex: "0" });

  /** @param {[string, string, Part][]} tabs fragment, words, what it shows */
  constructor(tabs) {
    this.#tabs = tabs;
    this.#buttons = tabs.map(([key, words], place) =>
      el("button", { role: "tab", type: "button", id: `tab-${key}`, "aria-controls": "panel", onclick: () => this.#choose(place, true), onkeydown: (event) => this.#onKey(/** @type {KeyboardEvent} */ (event), place) }, words),
    );
    this.bar = el("div", { class: "tabs", role: "tablist", "aria-label": "Parts" }, ...this.#buttons);
  }

  /** Show the tab that the address names, now and whenever the address changes. */
  start() {
    this.#follow();
    addEventListener("hashchange", this.#follow);
  }

  /** What is shown. @returns {Part | undefined} */
  get part() {
    return this.#tabs[this.#shown]?.[2];
  }

  stop() {
    removeEventListener("hashchange", this.#follow);
  }

  #follow = () => this.#choose(Math.max(0, this.#tabs.findIndex(([key]) => key === location.hash.slice(1).split("/")[0])), false);

  /**
   * @param {number} place
   * @param {boolean} isAsked
   */
  #choose(place, isAsked) {
    const [key, , part] = this.#tabs[place];
    this.#shown = place;
    for (const [at, button] of this.#buttons.entries()) {
      button.setAttribute("aria-selected", String(at === place));
      button.tabIndex = at === place ? 0 : -1;
    }
    this.panel.setAttribute("aria-labelledby", `tab-${key}`);
    this.panel.replaceChildren(part.element);
    if (isAsked) history.replaceState(null, "", `#${key}`);
    void part.load();
  }

  /**
   * @param {KeyboardEvent} event
   * @param {number} place
   */
  #onKey(event, place) {
    const count = this.#tabs.length;
    /** @type {Record<string, number>} */
    const places = { ArrowRight: place + 1, ArrowLeft: place - 1 + count, Home: 0, End: count - 1 };
    const to = places[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.#choose(to % count, true);
    this.#buttons[to % count].focus();
  }
}
