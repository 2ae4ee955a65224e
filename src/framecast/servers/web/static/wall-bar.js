// The bar above the tiles: the number of streams in each state (each is a filter), search, layouts, pages, fullscreen, adding.

import { el, say } from "./dom.js";
import { gridIcon, icon } from "./icons.js";
import { LAYOUTS } from "./wall-memory.js";
import { stateWord } from "./words.js";

/**
 * @typedef {object} BarActions
 * @property {(words: string, states: Set<string>) => void} onFilter
 * @property {(layout: number) => void} onLayout
 * @property {(by: number) => void} onPage
 * @property {() => void} onAdd
 * @property {() => void} onFullscreen
 */

// What needs attention comes first.
const STATES = ["offline", "stalled", "nosignal", "connecting", "live", "idle", "ended"];

export class WallBar {
  #actions;
  #states = new Set();
  #search = /** @type {HTMLInputElement} */ (
    el("input", { type: "search", class: "wall-search", placeholder: "Search", "aria-label": "Search streams", autocomplete: "off", spellcheck: "false", enterkeyhint: "search" })
  );
  #sum = el("div", { class: "wall-sum", role: "group", "aria-label": "Filter by state" });
  #chips = new Map(STATES.map((state) => [state, this.#chip(state)]));
  /** @type {Map<number, HTMLInputElement>} */
  #layouts = new Map();
  #place = el("span", { class: "pager-words", role: "status" });
  #before = this.#button("before", "Previous page", () => this.#actions.onPage(-1));
  #after = this.#button("after", "Next page", () => this.#actions.onPage(1));
  #pager = el("nav", { class: "pager", "aria-label": "Pages", hidden: true }, this.#before, this.#place, this.#after);
  #whole = this.#button("grow", "Fullscreen", () => this.#actions.onFullscreen());

  /**
   * @param {BarActions} actions
   * @param {HTMLElement} groups
   */
  constructor(actions, groups) {
    this.#actions = actions;
    this.#search.addEventListener("input", () => this.#applyFilter());
    this.#search.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.#search.value === "") return;
      event.preventDefault();
      event.stopPropagation();
      this.clear();
    });
    this.#whole.hidden = !document.fullscreenEnabled;
    document.addEventListener("fullscreenchange", () => {
      const isWhole = document.fullscreenElement !== null;
      this.#whole.replaceChildren(icon(isWhole ? "shrink" : "grow"));
      this.#whole.ariaLabel = this.#whole.title = isWhole ? "Exit fullscreen" : "Fullscreen";
    });
    const add = el("button", { class: "button primary wall-add", type: "button", onclick: () => this.#actions.onAdd() }, icon("add"), "Add stream");
    this.#sum.append(...this.#chips.values());
    this.element = el(
      "div",
      { class: "wall-head" },
      el("h1", {}, "Streams"),
      this.#sum,
      el("div", { class: "wall-tools" }, el("label", { class: "search-box" }, icon("search"), this.#search), this.#chooser(), this.#pager, this.#whole, add),
      groups,
    );
  }

  /** @param {string[]} states of all streams */
  count(states) {
    for (const [state, chip] of this.#chips) {
      const count = states.filter((one) => one === state).length;
      chip.hidden = count === 0 && !this.#states.has(state);
      say(chip, `${count} ${stateWord(state).toLowerCase()}`);
    }
  }

  /** @param {{layout: number, page: number, pages: number}} view */
  show({ layout, page, pages }) {
    for (const [value, input] of this.#layouts) input.checked = value === layout;
    this.#pager.hidden = pages < 2;
    say(this.#place, `${page + 1} / ${pages}`);
    this.#place.ariaLabel = `Page ${page + 1} of ${pages}`;
    this.#before.disabled = page === 0;
    this.#after.disabled = page >= pages - 1;
  }

  /** Remove all filters. */
  clear() {
    this.#search.value = "";
    this.#states.clear();
    for (const chip of this.#chips.values()) chip.setAttribute("aria-pressed", "false");
    this.#applyFilter();
  }

  /** Focus the search. */
  focus() {
    this.#search.focus();
    this.#search.select();
  }

  #applyFilter() {
    this.#actions.onFilter(this.#search.value.trim(), new Set(this.#states));
  }

  /** @param {string} state */
  #chip(state) {
    const chip = el("button", { class: "state filter", type: "button", "data-state": state, "aria-pressed": "false", hidden: true });
    chip.addEventListener("click", () => {
      if (!this.#states.delete(state)) this.#states.add(state);
      chip.setAttribute("aria-pressed", String(this.#states.has(state)));
      this.#applyFilter();
    });
    return chip;
  }

  #chooser() {
    const choices = LAYOUTS.map((side) => {
      const words = side ? `${side} × ${side}` : "Automatic";
      const input = /** @type {HTMLInputElement} */ (el("input", { type: "radio", name: "layout", value: String(side), onchange: () => this.#actions.onLayout(side) }));
      this.#layouts.set(side, input);
      return el("label", { title: words, "data-side": String(side) }, input, side ? gridIcon(side) : icon("auto"), el("span", { class: "visually-hidden" }, words));
    });
    return el("fieldset", { class: "layouts" }, el("legend", { class: "visually-hidden" }, "Layout"), ...choices);
  }

  /**
   * @param {string} sign
   * @param {string} label
   * @param {() => void} run
   */
  #button(sign, label, run) {
    return /** @type {HTMLButtonElement} */ (el("button", { class: "button icon-button", type: "button", "aria-label": label, title: label, onclick: run }, icon(sign)));
  }
}
