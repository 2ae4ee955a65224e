// A short message at the lower edge of the page, with one thing to do about it: "Undo". It goes by itself, but not under the pointer or the focus.

import { el, say } from "./dom.js";

const SHOWN_MS = 10_000;
/** @type {Toast | null} */
let only = null;

class Toast {
  #words = el("span", {});
  #button = el("button", { class: "link strong", type: "button", hidden: true });
  #box = el("div", { class: "toast", popover: "manual" }, this.#words, this.#button);
  #live = el("div", { class: "visually-hidden", role: "status" });
  #timer = 0;

  constructor() {
    document.body.append(this.#box, this.#live);
    this.#box.addEventListener("pointerenter", () => clearTimeout(this.#timer));
    this.#box.addEventListener("focusin", () => clearTimeout(this.#timer));
    for (const leaving of ["pointerleave", "focusout"]) this.#box.addEventListener(leaving, () => this.#count());
  }

  /**
   * @param {string} words
   * @param {{words: string, run: () => void}} [action]
   */
  show(words, action) {
    say(this.#words, words);
    say(this.#live, action ? `${words} ${action.words}: button at the end of the page.` : words);
    this.#button.hidden = !action;
    say(this.#button, action?.words ?? "");
    this.#button.onclick = () => {
      this.hide();
      action?.run();
    };
    if (!this.#box.matches(":popover-open")) this.#box.showPopover();
    this.#count();
  }

  hide() {
    clearTimeout(this.#timer);
    if (this.#box.matches(":popover-open")) this.#box.hidePopover();
  }

  #count() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.hide(), SHOWN_MS);
  }
}

/**
 * Show a message; it takes the place of the one before.
 * @param {string} words
 * @param {{words: string, run: () => void}} [action]
 */
export function toast(words, action) {
  only ??= new Toast();
  only.show(words, action);
}
