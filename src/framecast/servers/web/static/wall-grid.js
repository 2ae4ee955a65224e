// The tiles of the wall: which of them stand where, which can be seen, one of them large, and the keys that move among them.
//
// Every stream has its tile for as long as it is there. Tiles on other pages, or sorted out, are hidden: their players then
// hold nothing. Moving one in the list does not interrupt the others.

import { el } from "./dom.js";
import { FramecastTile } from "./tile.js";
import { Drag } from "./wall-drag.js";
import { WallSocket } from "./wall-socket.js";

/**
 * @typedef {import("./api.js").Stream} Stream
 *
 * @typedef {object} View what is to be seen
 * @property {Stream[]} streams all, in their order
 * @property {string[]} shown names of those that are to be seen on this page
 * @property {number} layout cells on each side, 0 is automatic
 * @property {string} large the one that fills the wall, or ''
 *
 * @typedef {object} Wishes what people want of the grid
 * @property {(name: string, place: number) => void} onMove place among those that are shown; beyond them is another page
 * @property {(name: string) => void} onLarge
 * @property {() => void} onState a tile is in another state
 * @property {(name: string, button: HTMLElement) => void} onMenu
 * @property {(name: string, key: string) => boolean} onKey a key that is none of the grid's; true where it meant something
 */

export class WallGrid {
  element = el("ul", { class: "wall-list", "aria-label": "Streams" });
  #socket = new WallSocket();
  /** @type {Map<string, FramecastTile>} */
  #tiles = new Map();
  /** @type {View} */
  #view = { streams: [], shown: [], layout: 0, large: "" };
  #current = "";
  #wishes;

  /** @param {Wishes} wishes */
  constructor(wishes) {
    this.#wishes = wishes;
    this.drag = new Drag(this.element, (item, place) => wishes.onMove(tileIn(item).name, place));
    this.element.addEventListener("tile-large", (event) => wishes.onLarge(tileAt(event).name));
    this.element.addEventListener("tile-sound", (event) => this.sound(tileAt(event).name));
    this.element.addEventListener("tile-state", () => wishes.onState());
    this.element.addEventListener("tile-menu", (event) => {
      wishes.onMenu(tileAt(event).name, /** @type {CustomEvent} */ (event).detail);
    });
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
    this.element.addEventListener("focusin", (event) => this.#setCurrent(tileAt(event).name));
  }

  /** @param {View} view */
  show(view) {
    this.#view = view;
    const names = new Set(view.streams.map((stream) => stream.name));
    for (const [name, tile] of this.#tiles) {
      if (names.has(name)) continue;
      tile.parentElement?.remove();
      this.#tiles.delete(name);
    }
    const shown = new Set(view.large ? [view.large] : view.shown);
    view.streams.forEach((stream, place) => {
      const item = this.#item(stream);
      if (this.element.children[place] !== item) move(this.element, item, place);
      item.hidden = !shown.has(stream.name);
      tileIn(item).setLarge(stream.name === view.large);
    });
    this.element.dataset.layout = view.large ? "1" : String(view.layout);
    this.element.style.setProperty("--columns", String(columnsFor(shown.size)));
    this.element.toggleAttribute("data-alone", shown.size === 1);
    if (!shown.has(this.#current)) this.#setCurrent([...shown][0] ?? "");
    for (const [name, tile] of this.#tiles) if (tile.hasSound && !shown.has(name)) tile.setSound(false);
  }

  /** Whether a stream that the server calls live shows no pictures here. @param {string} name */
  hasNoSignal(name) {
    return this.#tiles.get(name)?.hasNoSignal === true;
  }

  /** The server does not answer. */
  setUnknown() {
    for (const tile of this.#tiles.values()) tile.setUnknown();
  }

  /**
   * Sound of this stream, and of no other; of none where it was on.
   * @param {string} name
   */
  sound(name) {
    for (const tile of this.#tiles.values()) tile.setSound(tile.name === name && !tile.hasSound);
  }

  /**
   * Lead the keyboard to a tile.
   * @param {string} name
   */
  focus(name) {
    this.#setCurrent(name);
    this.#tiles.get(name)?.focus();
  }

  /** How many tiles stand side by side. */
  get columns() {
    const items = this.#seen().map((tile) => tile.getBoundingClientRect().top);
    return Math.max(1, items.filter((top) => Math.abs(top - items[0]) < 2).length);
  }

  /** @param {Stream} stream */
  #item(stream) {
    let tile = this.#tiles.get(stream.name);
    if (!tile) {
      tile = new FramecastTile(this.#socket);
      this.#tiles.set(stream.name, tile);
      this.element.append(el("li", {}, tile));
    }
    tile.show(stream);
    return /** @type {HTMLElement} */ (tile.parentElement);
  }

  #seen() {
    return [...this.#tiles.values()]
      .filter((tile) => !tile.parentElement?.hidden)
      .sort((a, b) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
  }

  /** @param {string} name */
  #setCurrent(name) {
    if (name === this.#current && this.#tiles.get(name)?.tabIndex === 0) return;
    this.#tiles.get(this.#current)?.setCurrent(false);
    this.#current = name;
    this.#tiles.get(name)?.setCurrent(true);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.target !== tileAt(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (this.#steer(event.key, event.shiftKey) || this.#wishes.onKey(this.#current, event.key)) event.preventDefault();
  }

  /**
   * @param {string} key
   * @param {boolean} isMoving the tile goes, not the focus
   */
  #steer(key, isMoving) {
    const seen = this.#seen();
    const at = seen.findIndex((tile) => tile.name === this.#current);
    /** @type {Record<string, number>} */
    const steps = { ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - this.columns, ArrowDown: at + this.columns, Home: 0, End: seen.length - 1 };
    const to = steps[key];
    if (to === undefined || this.#view.large) return false;
    if (isMoving) this.#wishes.onMove(this.#current, to);
    else if (seen[to]) this.focus(seen[to].name);
    else return false;
    return true;
  }
}

/** @param {Event} event */
function tileAt(event) {
  return /** @type {FramecastTile} */ (/** @type {Element} */ (event.target).closest("framecast-tile"));
}

/** @param {Element} item */
function tileIn(item) {
  return /** @type {FramecastTile} */ (item.firstElementChild);
}

/**
 * Put an item elsewhere without interrupting what it shows, where the browser can.
 * @param {Element & {moveBefore?: (node: Node, child: Node | null) => void}} list
 * @param {Element} item
 * @param {number} place
 */
function move(list, item, place) {
  const before = list.children[place] ?? null;
  const focused = document.activeElement;
  if (list.moveBefore && item.isConnected) list.moveBefore(item, before);
  else list.insertBefore(item, before);
  if (focused instanceof HTMLElement && item.contains(focused) && document.activeElement !== focused) focused.focus();
}

/**
 * As many columns as make the tiles large and the grid nearly square; narrow windows have fewer.
 * @param {number} count
 */
function columnsFor(count) {
  return Math.min(5, Math.max(1, Math.ceil(Math.sqrt(count))));
}
