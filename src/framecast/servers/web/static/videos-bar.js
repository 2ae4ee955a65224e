// The bar above the grid: search as one types, whose videos, tag, state and order. Whatever it shows is in the address of the page.

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { SORTS } from "./videos-query.js";
import { STATES } from "./videos-texts.js";

/** @typedef {import("./videos-query.js").Query} Query */

const TYPED_MS = 250;

export class VideosBar {
  /** @type {Query} */
  #query;
  #typed = 0;
  #onChange;
  #search = /** @type {HTMLInputElement} */ (
    el("input", { type: "search", placeholder: "Search", "aria-label": "Search videos", autocomplete: "off", spellcheck: "false", enterkeyhint: "search" })
  );
  #mine = el("button", { class: "chip for-accounts", type: "button", onclick: () => this.#set({ owner: this.#query.owner ? "" : "me" }) }, "Mine");
  #tag = el("button", { class: "chip tag-chip", type: "button", "aria-pressed": "true", onclick: () => this.#set({ tag: "" }) });
  #state = choice("State", STATES, (state) => this.#set({ state }));
  #sort = choice("Order", SORTS, (sort) => this.#set({ sort }));
  element;

  /**
   * @param {Query} query
   * @param {(query: Query) => void} onChange
   */
  constructor(query, onChange) {
    this.#query = query;
    this.#onChange = onChange;
    this.#search.addEventListener("input", () => {
      clearTimeout(this.#typed);
      this.#typed = setTimeout(() => this.#find(), TYPED_MS);
    });
    this.#search.addEventListener("keydown", (event) => this.#onKey(event));
    this.element = el(
      "div",
      { class: "videos-bar", role: "search", "aria-label": "Videos" },
      el("label", { class: "search-box" }, icon("search"), this.#search),
      el("div", { class: "videos-filters" }, this.#mine, this.#tag, this.#state, this.#sort),
    );
    this.show(query);
  }

  /** @param {Query} query */
  show(query) {
    this.#query = query;
    if (this.#search.value.trim() !== query.q) this.#search.value = query.q;
    this.#mine.setAttribute("aria-pressed", String(query.owner === "me"));
    this.#mine.textContent = query.owner && query.owner !== "me" ? `Of ${query.owner}` : "Mine";
    this.#tag.hidden = query.tag === "";
    this.#tag.textContent = `#${query.tag}`;
    this.#tag.ariaLabel = `Only the tag ${query.tag}`;
    this.#state.value = query.state;
    this.#sort.value = query.sort;
  }

  /** Focus the search. */
  focus() {
    this.#search.focus();
    this.#search.select();
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.key === "Enter") this.#find();
    if (event.key !== "Escape" || this.#search.value === "") return;
    event.preventDefault();
    this.#search.value = "";
    this.#find();
  }

  #find() {
    clearTimeout(this.#typed);
    const q = this.#search.value.trim();
    if (q !== this.#query.q) this.#set({ q });
  }

  /** @param {Partial<Query>} changed */
  #set(changed) {
    this.show({ ...this.#query, ...changed });
    this.#onChange(this.#query);
  }
}

/**
 * @param {string} label
 * @param {[string, string][]} choices
 * @param {(value: string) => void} onChange
 */
function choice(label, choices, onChange) {
  const select = /** @type {HTMLSelectElement} */ (el("select", { "aria-label": label }, ...choices.map(([value, words]) => el("option", { value }, words))));
  select.addEventListener("change", () => onChange(select.value));
  return select;
}
