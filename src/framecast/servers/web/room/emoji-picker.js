// A small picker of emoji: those of the system's font, no pictures and no network.

import { el } from "../static/dom.js";

/** What the toolbar of a message offers at once. */
export const QUICK = ["👍", "❤️", "😂"];
/** @type {[string, string[]][]} */
const GROUPS = [
  ["Reactions", ["👍", "👎", "❤️", "😂", "😮", "😢", "😡", "🎉", "🔥", "👏", "🙏", "👀", "💯", "✅", "❌", "❓"]],
  ["Faces", ["😀", "😅", "🙂", "😉", "😍", "🤩", "😎", "🤔", "🙄", "😴", "😬", "🤯", "🥳", "😱", "🤗", "🫡"]],
  ["Things", ["👋", "✌️", "🤝", "💪", "🐶", "🐱", "🦊", "🐦", "☀️", "🌧️", "❄️", "🌈", "🚗", "🚲", "📦", "🎥"]],
];
const COLUMNS = 8;
const MARGIN_PX = 8;

export class EmojiPicker {
  #box = el("div", { class: "picker", popover: "auto", role: "dialog", "aria-label": "Emoji" });
  /** @type {(emoji: string) => void} */
  #onPick = () => {};

  constructor() {
    for (const [title, emoji] of GROUPS) {
      const buttons = emoji.map((one) => el("button", { type: "button", "aria-label": one, onclick: () => this.#pick(one) }, one));
      this.#box.append(el("div", { class: "picker-title" }, title), el("div", { class: "picker-grid" }, ...buttons));
    }
    this.#box.addEventListener("keydown", (event) => this.#onKey(event));
  }

  get element() {
    return this.#box;
  }

  /** @param {HTMLElement} at a button @param {(emoji: string) => void} onPick */
  open(at, onPick) {
    this.#onPick = onPick;
    this.#box.showPopover();
    const from = at.getBoundingClientRect();
    const { width, height } = this.#box.getBoundingClientRect();
    const top = from.top - height - 6 > MARGIN_PX ? from.top - height - 6 : Math.min(from.bottom + 6, innerHeight - height - MARGIN_PX);
    const left = Math.min(Math.max(MARGIN_PX, from.right - width), innerWidth - width - MARGIN_PX);
    const style = this.#box.style;
    [style.left, style.top] = [`${left}px`, `${Math.max(MARGIN_PX, top)}px`];
    this.#buttons()[0]?.focus();
  }

  /** @param {string} emoji */
  #pick(emoji) {
    this.#box.hidePopover();
    this.#onPick(emoji);
  }

  #buttons() {
    return [...this.#box.querySelectorAll("button")];
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    /** @type {Record<string, number>} */
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -COLUMNS, ArrowDown: COLUMNS };
    const buttons = this.#buttons();
    const step = steps[event.key];
    if (!step) return;
    const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (event.target)) + step;
    event.preventDefault();
    buttons[at]?.focus();
  }
}
