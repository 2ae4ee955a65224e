// The list in the page: it shows rows, keeps the place of somebody who reads above, and asks for more at both ends.

import { el } from "../static/dom.js";
import { rowView } from "./message-view.js";
import { isSameRow } from "./rows.js";

/**
 * @import {Row} from "./rows.js"
 * @import {RowActions} from "./message-view.js"
 *
 * @typedef {object} ListHooks
 * @property {(isAtEnd: boolean) => void} onScroll somebody has scrolled
 * @property {() => void} onTop
 * @property {() => void} onEnd
 * @property {(message: HTMLElement) => void} onActive a message is under the pointer or has the focus
 */

/** So near an end counts as there. */
const END_PX = 48;
const TOP_PX = 240;
const FLASH_MS = 1600;

export class MessageList {
  #rows = el("div", { class: "rows" });
  element = el("div", { class: "scroll", role: "log", "aria-live": "off", "aria-label": "Messages", tabindex: "0" }, this.#rows);
  /** @type {Map<string, {row: Row, node: HTMLElement}>} */
  #shown = new Map();
  #isFollowing = true;
  #actions;
  #hooks;

  /** @param {RowActions} actions @param {ListHooks} hooks */
  constructor(actions, hooks) {
    this.#actions = actions;
    this.#hooks = hooks;
    this.element.addEventListener("scroll", () => this.#onScroll(), { passive: true });
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
    for (const kind of ["pointerover", "focusin"]) {
      this.#rows.addEventListener(kind, (event) => {
        const message = /** @type {Element} */ (event.target).closest("article");
        if (message) hooks.onActive(message);
      });
    }
    // A list that changes its height keeps its end in view.
    new ResizeObserver(() => this.#isFollowing && this.#toEnd()).observe(this.element);
  }

  /** @param {Row[]} rows @param {boolean} isFollowing the end stays in view */
  show(rows, isFollowing) {
    const anchor = isFollowing ? null : this.#anchor();
    this.#isFollowing = isFollowing;
    this.#reconcile(rows);
    if (isFollowing) this.#toEnd();
    else if (anchor) this.element.scrollTop += anchor.node.offsetTop - anchor.top;
    this.#askForMore();
  }

  /** @param {number} seq @returns {boolean} false if it is not in the list */
  jump(seq) {
    const node = this.#shown.get(`m${seq}`)?.node;
    if (!node) return false;
    this.#isFollowing = false;
    node.scrollIntoView({ block: "center" });
    node.focus({ preventScroll: true });
    node.classList.add("flash");
    setTimeout(() => node.classList.remove("flash"), FLASH_MS);
    return true;
  }

  focus() {
    this.element.focus({ preventScroll: true });
  }

  /** @param {Row[]} rows */
  #reconcile(rows) {
    const before = this.#shown;
    const now = new Map();
    for (const row of rows) {
      const old = before.get(row.key);
      const isKept = old !== undefined && isSameRow(old.row, row);
      now.set(row.key, { row, node: isKept ? old.node : rowView(row, this.#actions) });
      if (!isKept && old) old.node.replaceWith(now.get(row.key).node);
    }
    for (const [key, { node }] of before) if (!now.has(key)) node.remove();
    /** @type {Element | null} */
    let next = this.#rows.firstElementChild;
    for (const { node } of now.values()) {
      if (node === next) next = node.nextElementSibling;
      else this.#rows.insertBefore(node, next);
    }
    this.#shown = now;
  }

  /** The first message in view, and where it is. */
  #anchor() {
    const top = this.element.scrollTop;
    for (const { row, node } of this.#shown.values()) {
      if (row.kind === "message" && node.offsetTop + node.offsetHeight > top) return { node: this.#kept(row.key), top: node.offsetTop };
    }
    return null;
  }

  /** The element of a row, also if another one takes its place. @param {string} key */
  #kept(key) {
    const shown = () => this.#shown.get(key)?.node;
    const first = shown();
    return {
      get offsetTop() {
        return (shown() ?? first)?.offsetTop ?? 0;
      },
    };
  }

  #toEnd() {
    this.element.scrollTop = this.element.scrollHeight;
  }

  #isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.element;
    return scrollHeight - scrollTop - clientHeight < END_PX;
  }

  #onScroll() {
    if (this.element.clientHeight === 0) return;
    this.#isFollowing = this.#isAtEnd();
    this.#hooks.onScroll(this.#isFollowing);
    this.#askForMore();
  }

  #askForMore() {
    if (this.element.clientHeight === 0) return;
    if (this.element.scrollTop < TOP_PX) this.#hooks.onTop();
    if (this.#isAtEnd()) this.#hooks.onEnd();
  }

  /** Arrow keys go from message to message. @param {KeyboardEvent} event */
  #onKey(event) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const target = /** @type {HTMLElement} */ (event.target);
    if (!step || target.closest(".toolbar")) return;
    const messages = [...this.#rows.querySelectorAll("article")];
    const at = messages.indexOf(/** @type {HTMLElement} */ (target.closest("article")));
    const next = at < 0 ? messages[messages.length - 1] : messages[at + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  }
}
