// The tiles of the wall: their order, which of them are visible, the large one, and the keys that move between them.
//
// Every stream has a tile for as long as it exists. Tiles on other pages, or filtered out, are hidden: their players hold no
// connection then. Moving a tile in the list does not interrupt the others.

import { el } from "./dom.js";
import { FramecastTile } from "./tile.js";
import { Drag } from "./wall-drag.js";
import { arrangement } from "./wall-fit.js";
import { WallSocket } from "./wall-socket.js";

/**
 * @typedef {import("./api.js").Stream} Stream
 *
 * @typedef {object} View
 * @property {Stream[]} streams all, in order
 * @property {string[]} shown names of those on this page
 * @property {number} layout cells on each side, 0 is automatic
 * @property {string} large the one that fills the wall, or ''
 * @property {boolean} hasPages the layout keeps its empty places, so that nothing moves from page to page
 * @property {boolean} isScreen it fills the screen: names are over the pictures
 *
 * @typedef {object} GridActions
 * @property {(name: string, place: number) => void} onMove position among the visible ones; beyond them is another page
 * @property {(name: string) => void} onLarge
 * @property {(name: string) => void} onOpen a click on the picture
 * @property {() => void} onState the state of a tile has changed
 * @property {(name: string, button: HTMLElement) => void} onMenu
 * @property {(name: string, key: string) => boolean} onKey a key that the grid does not use; returns true if it had a meaning
 */

/** Of a tile below its picture, with its border. */
const FOOT_PX = 44;
/** The page below the tiles. */
const BELOW_PX = 24;
/** A narrow window that is upright scrolls. */
const PHONE = matchMedia("(max-width: 600px) and (orientation: portrait)");

export class WallGrid {
  element = el("ul", { class: "wall-list", "aria-label": "Streams" });
  #socket = new WallSocket();
  /** @type {Map<string, FramecastTile>} */
  #tiles = new Map();
  /** @type {View} */
  #view = { streams: [], shown: [], layout: 0, large: "", hasPages: false, isScreen: false };
  #current = "";
  #actions;

  /** @param {GridActions} actions */
  constructor(actions) {
    this.#actions = actions;
    this.drag = new Drag(this.element, (item, place) => actions.onMove(tileIn(item).name, place));
    this.element.addEventListener("tile-large", (event) => actions.onLarge(tileAt(event).name));
    this.element.addEventListener("tile-open", (event) => actions.onOpen(tileAt(event).name));
    this.element.addEventListener("tile-sound", (event) => this.sound(tileAt(event).name));
    this.element.addEventListener("tile-state", () => actions.onState());
    this.element.addEventListener("tile-menu", (event) => {
      actions.onMenu(tileAt(event).name, /** @type {CustomEvent} */ (event).detail);
    });
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
    this.element.addEventListener("focusin", (event) => this.#setCurrent(tileAt(event).name));
    new ResizeObserver(() => this.#fit()).observe(document.documentElement);
    new ResizeObserver(() => this.#fit()).observe(this.element);
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
    this.#fit();
    if (!shown.has(this.#current)) this.#setCurrent([...shown][0] ?? "");
    for (const [name, tile] of this.#tiles) if (tile.hasSound && !shown.has(name)) tile.setSound(false);
  }

  /** The tile that has the focus, or had it. */
  get current() {
    return this.#current;
  }

  /** @param {string} name */
  tile(name) {
    return this.#tiles.get(name);
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
   * Turn on the sound of this stream only; turn it off if it is on.
   * @param {string} name
   */
  sound(name) {
    for (const tile of this.#tiles.values()) tile.setSound(tile.name === name && !tile.hasSound);
  }

  /**
   * Focus a tile.
   * @param {string} name
   */
  focus(name) {
    this.#setCurrent(name);
    this.#tiles.get(name)?.focus();
  }

  /** Give the tiles the columns, rows and width that fit the window. */
  #fit() {
    const { layout, large, shown, hasPages, isScreen } = this.#view;
    const { width, top } = this.element.getBoundingClientRect();
    if (!width) return;
    const gap = parseFloat(getComputedStyle(this.element).columnGap) || 0;
    const space = { width, height: innerHeight - top - scrollY - (isScreen ? 0 : BELOW_PX), gap, foot: FOOT_PX };
    const side = large ? 1 : layout || undefined;
    const { isOverlaid, ...found } = arrangement(hasPages && side ? side * side : shown.length, space, { side, isScreen });
    if (PHONE.matches) [found.columns, found.width] = [Math.min(side ?? 1, 2), 0];
    const { classList, style } = this.element;
    classList.toggle("overlaid", isScreen || (isOverlaid && !PHONE.matches));
    style.setProperty("--columns", String(found.columns));
    style.setProperty("--rows", String(found.rows));
    style.setProperty("--tile", found.width ? `${found.width}px` : "1fr");
  }

  /** The number of tiles in a row. */
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
    if (this.#steer(event.key, event.shiftKey) || this.#actions.onKey(this.#current, event.key)) event.preventDefault();
  }

  /**
   * @param {string} key
   * @param {boolean} isMoving move the tile instead of the focus
   */
  #steer(key, isMoving) {
    const seen = this.#seen();
    const at = seen.findIndex((tile) => tile.name === this.#current);
    /** @type {Record<string, number>} */
    const steps = { ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - this.columns, ArrowDown: at + this.columns, Home: 0, End: seen.length - 1 };
    const to = steps[key];
    if (to === undefined || this.#view.large) return false;
    if (isMoving) this.#actions.onMove(this.#current, to);
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
 * Move an item without interrupting its video, if the browser can.
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
