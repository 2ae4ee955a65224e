// A menu that opens at a button, also in a shadow DOM. Arrow keys, Home, End and letters move in it; Escape or a click elsewhere closes it.

import { el } from "./dom.js";

/**
 * @typedef {object} Item
 * @property {string} words
 * @property {() => void} [run] missing: the item is shown but disabled
 * @property {string} [href] a link instead
 * @property {string} [note] an explanation, such as why the item is disabled
 * @property {boolean} [isGrave] it deletes something
 */

const GAP_PX = 6;
const EDGE_PX = 8;

export class Menu {
  #box = el("div", { class: "menu", popover: "auto", role: "menu" });
  /** @type {HTMLElement | null} */
  #button = null;

  constructor() {
    this.#box.addEventListener("keydown", (event) => this.#onKey(event));
    this.#box.addEventListener("toggle", (event) => this.#onToggle(/** @type {ToggleEvent} */ (event).newState === "open"));
  }

  /** The element; add it to the page once. */
  get element() {
    return this.#box;
  }

  /**
   * Open at a button.
   * @param {HTMLElement} button
   * @param {string} label
   * @param {Item[]} items
   */
  open(button, label, items) {
    if (this.#button) this.#onToggle(false);
    this.#button = button;
    this.#box.setAttribute("aria-label", label);
    this.#box.replaceChildren(...items.map((item) => this.#row(item)));
    this.#box.showPopover();
    this.#place();
    this.#rows()[0]?.focus();
  }

  /** @param {Item} item */
  #row(item) {
    const note = item.note ? el("span", { class: "menu-note" }, item.note) : null;
    if (item.href) return el("a", { role: "menuitem", href: item.href, tabindex: "-1" }, item.words, note);
    return el(
      "button",
      {
        role: "menuitem",
        type: "button",
        tabindex: "-1",
        class: item.isGrave ? "grave" : "",
        "aria-disabled": String(!item.run),
        onclick: () => {
          if (!item.run) return;
          this.#box.hidePopover();
          item.run();
        },
      },
      item.words,
      note,
    );
  }

  /** What has the focus in the tree that this menu stands in. */
  get #focused() {
    return /** @type {Document | ShadowRoot} */ (this.#box.getRootNode()).activeElement;
  }

  #rows() {
    return /** @type {HTMLElement[]} */ ([...this.#box.children]);
  }

  /** Below the button if there is room, otherwise above it; always inside the window. */
  #place() {
    const button = /** @type {HTMLElement} */ (this.#button).getBoundingClientRect();
    const { width, height } = this.#box.getBoundingClientRect();
    const isBelow = button.bottom + GAP_PX + height < innerHeight - EDGE_PX;
    const left = Math.min(Math.max(EDGE_PX, button.right - width), innerWidth - width - EDGE_PX);
    const top = isBelow ? button.bottom + GAP_PX : Math.max(EDGE_PX, button.top - GAP_PX - height);
    this.#box.style.left = `${left}px`;
    this.#box.style.top = `${top}px`;
  }

  /** @param {boolean} isOpen */
  #onToggle(isOpen) {
    this.#button?.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) return;
    // If the item opened a dialog, that has the focus now.
    const focused = this.#focused;
    if (this.#button && (!focused || this.#box.contains(focused) || focused === document.body)) this.#button.focus();
    this.#button = null;
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const rows = this.#rows();
    const at = rows.indexOf(/** @type {HTMLElement} */ (this.#focused));
    /** @type {Record<string, number>} */
    const places = { ArrowDown: at + 1, ArrowUp: at - 1 + rows.length, Home: 0, End: rows.length - 1 };
    if (event.key === "Tab") this.#box.hidePopover();
    let to = places[event.key];
    if (to === undefined && event.key.length === 1 && event.key !== " ") {
      to = rows.findIndex((row) => row.textContent?.toLowerCase().startsWith(event.key.toLowerCase()));
    }
    if (to === undefined || to < 0) return;
    event.preventDefault();
    event.stopPropagation();
    rows[to % rows.length].focus();
  }
}
