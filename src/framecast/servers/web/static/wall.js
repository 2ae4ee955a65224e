// <framecast-wall>: all streams live, side by side. It polls the server and connects the parts: what is shown (wall-view.js), the bar above
// (wall-bar.js), the tiles (wall-grid.js), the form (stream-form.js).

import { address, poll } from "./api.js";
import { el, say } from "./dom.js";
import { Menu } from "./menu.js";
import { askStreams, reconnect, remove } from "./stream-requests.js";
import { StreamForm } from "./stream-form.js";
import { WallBar } from "./wall-bar.js";
import { emptyCard, nothingMatches } from "./wall-empty.js";
import { WallGrid } from "./wall-grid.js";
import { WallGroups } from "./wall-groups.js";
import { keyOf, showKeys } from "./wall-keys.js";
import { tileMenu } from "./wall-menu.js";
import { isIn } from "./wall-order.js";
import { WallView } from "./wall-view.js";
import { titleOf } from "./words.js";

/**
 * @typedef {import("./api.js").Stream} Stream
 * @typedef {import("./wall-memory.js").Memory} Memory
 */

const EVERY_MS = 1500;

class FramecastWall extends HTMLElement {
  #view = new WallView(() => this.#show());
  /** @type {Record<string, Stream>} */
  #streams = {};
  #hasAsked = false;
  #stop = () => {};

  #notice = el("p", { class: "notice bad", role: "alert", hidden: true });
  #status = el("p", { class: "visually-hidden", role: "status" });
  #menu = new Menu();
  #form = new StreamForm((name) => void this.#afterSave(name));
  #groups = new WallGroups((group) => this.#chooseGroup(group));
  #bar = new WallBar(
    {
      onFilter: (words, states) => this.#filter(words, states),
      onLayout: (layout) => this.#change({ layout, page: 0, large: "" }),
      onPage: (by) => this.#turn(by),
      onAdd: () => this.#form.open(),
      onFullscreen: () => void this.#toggleFullscreen(),
    },
    this.#groups.element,
  );
  #grid = new WallGrid({
    onMove: (name, place) => this.#move(name, place),
    onLarge: (name) => this.#toggleLarge(name),
    onOpen: (name) => this.#open(name),
    onState: () => this.#bar.count(this.#seen()),
    onMenu: (name, button) => this.#openMenu(name, button),
    onKey: (name, key) => this.#onKey(name, key),
  });
  #nothing = nothingMatches(() => this.#showAll());
  #full = el("div", { class: "wall-full", hidden: true }, this.#bar.element, this.#grid.element, this.#nothing);
  #empty = emptyCard(() => this.#form.open(), () => this.#streamsNow());
  #loading = el("p", { class: "loading" }, "Loading streams …");

  connectedCallback() {
    this.replaceChildren(this.#notice, this.#loading, this.#full, this.#empty, this.#status, this.#menu.element);
    this.#stop = poll(askStreams, EVERY_MS, (streams) => this.#take(streams), (error) => this.#fail(error.message));
    document.addEventListener("keydown", this.#onPageKey);
    document.addEventListener("fullscreenchange", this.#onScreen);
    document.querySelector(".keys-button")?.addEventListener("click", showKeys);
    this.#grid.element.inert = this.#view.kiosk !== null;
    if (this.#view.kiosk) this.tabIndex = 0; // a screen that is too small scrolls by the arrow keys
    this.#view.kiosk?.start();
    this.#onScreen();
  }

  disconnectedCallback() {
    this.#stop();
    this.#view.kiosk?.stop();
    document.removeEventListener("keydown", this.#onPageKey);
    document.removeEventListener("fullscreenchange", this.#onScreen);
    document.querySelector(".keys-button")?.removeEventListener("click", showKeys);
  }

  /** @param {Record<string, Stream>} streams */
  #take(streams) {
    this.#streams = streams;
    this.#hasAsked = true;
    this.#notice.hidden = true;
    this.removeAttribute("stale");
    this.#show();
  }

  #show() {
    // Nothing moves while a tile is dragged.
    if (this.#grid.drag.isMoving || !this.#hasAsked) return;
    const view = this.#view;
    view.arrange(this.#streams, (name) => this.#grid.hasNoSignal(name));
    const { all, large, layout } = view;
    const { pages, page, shown } = view.pages;
    this.#loading.hidden = true;
    this.#empty.hidden = all.length > 0;
    this.#full.hidden = all.length === 0;
    this.#nothing.hidden = view.matching.length > 0;
    this.toggleAttribute("fitted", all.length > 0 && (layout > 0 || large !== ""));
    this.#groups.show(view.groups, view.group);
    this.#bar.show({ layout, page, pages: large ? 1 : pages });
    this.#bar.count(this.#seen());
    const streams = all.map((name) => this.#streams[name]);
    this.#grid.show({ streams, shown, layout, large, hasPages: pages > 1, isScreen: this.hasAttribute("screen") });
  }

  /** The state of each stream of the group as this page sees it. */
  #seen() {
    const streams = Object.values(this.#streams).filter((stream) => isIn(stream, this.#view.group));
    // While the server does not answer, its last states may be wrong.
    return streams.map(({ name, state }) => (this.#grid.hasNoSignal(name) ? "nosignal" : this.hasAttribute("stale") ? "unknown" : state));
  }

  /** Names are over the pictures while the wall fills the screen. */
  #onScreen = () => {
    this.toggleAttribute("screen", this.#view.kiosk !== null || document.fullscreenElement === this);
    this.#show();
  };

  /**
   * Turn pages; if a tile has the focus, the focus moves along.
   * @param {number} by
   */
  #turn(by) {
    const isOnTile = this.#grid.element.contains(document.activeElement);
    this.#view.turn(by);
    this.#show();
    if (isOnTile) this.#grid.focus(this.#view.pages.shown[0]);
  }

  /** @param {Partial<Memory>} change */
  #change(change) {
    this.#view.change(change);
    this.#show();
  }

  /**
   * @param {string} words
   * @param {Set<string>} states
   */
  #filter(words, states) {
    this.#view.filter(words, states);
    this.#show();
    this.#sayCount();
  }

  /** @param {string} group '' for all streams */
  #chooseGroup(group) {
    this.#view.choose(group);
    this.#show();
    this.#sayCount();
  }

  #showAll() {
    this.#view.choose("");
    this.#bar.clear();
  }

  #sayCount() {
    say(this.#status, `${this.#view.matching.length} of ${this.#view.all.length} streams`);
  }

  /**
   * @param {string} name
   * @param {number} place on the page that is shown
   */
  #move(name, place) {
    const to = this.#view.move(name, place);
    this.#show();
    say(this.#status, `${name} moved to position ${to + 1} of ${this.#view.matching.length}`);
    if (document.activeElement === document.body) this.#grid.focus(name);
  }

  /** @param {string} name */
  #toggleLarge(name) {
    const isLarge = this.#view.large !== name;
    this.#change({ large: isLarge ? name : "" });
    say(this.#status, isLarge ? `Showing only ${name}` : "Showing all streams");
    this.#grid.focus(name);
  }

  /** Show a stream alone; if it is alone already, open its page. @param {string} name */
  #open(name) {
    if (this.#view.large === name) location.assign(address(`streams/${encodeURIComponent(name)}`));
    else this.#toggleLarge(name);
  }

  /** Keys that work wherever the focus is. */
  #onPageKey = (/** @type {KeyboardEvent} */ event) => {
    const { kiosk, large, pages } = this.#view;
    const key = kiosk ? "" : keyOf(event, { isLarge: large !== "", hasPages: pages.pages > 1 });
    if (key === "Escape") this.#toggleLarge(large);
    else if (key && this.#onKey(large || this.#grid.current, key)) event.preventDefault();
  };

  /**
   * Keys, except those that move in the grid.
   * @param {string} name of the stream that they apply to
   * @param {string} key
   */
  #onKey(name, key) {
    const isOurs = this.#streams[name]?.configured === "api";
    const tile = this.#grid.tile(name);
    const keys = /** @type {Record<string, () => unknown>} */ ({
      Enter: () => tile && this.#open(name),
      m: () => this.#grid.sound(name),
      s: () => tile?.snapshot(),
      r: () => tile?.toggleRecording(),
      e: () => isOurs && this.#form.open(this.#streams[name]),
      Delete: () => isOurs && this.#remove(name),
      f: () => this.#toggleFullscreen(),
      "/": () => this.#bar.focus(),
      PageUp: () => this.#turn(-1),
      PageDown: () => this.#turn(1),
      "?": showKeys,
    });
    keys[key]?.();
    return key in keys;
  }

  /**
   * @param {string} name
   * @param {HTMLElement} button
   */
  #openMenu(name, button) {
    const view = this.#view;
    const tile = this.#grid.tile(name);
    const place = view.matching.indexOf(name);
    const shift = (/** @type {number} */ to) => this.#move(name, to - view.pages.page * view.layout ** 2);
    const items = tileMenu(this.#streams[name], {
      snapshot: tile?.hasPicture ? () => tile.snapshot() : undefined,
      record: tile?.canRecord ? () => void tile.toggleRecording() : undefined,
      isRecording: tile?.isRecording === true,
      edit: () => this.#form.open(this.#streams[name]),
      restart: () => void this.#restart(name),
      remove: () => void this.#remove(name),
      earlier: place > 0 ? () => shift(place - 1) : undefined,
      later: place < view.matching.length - 1 ? () => shift(place + 1) : undefined,
      first: place > 0 ? () => shift(0) : undefined,
    });
    this.#menu.open(button, titleOf(this.#streams[name]), items);
  }

  /** @param {string} name */
  async #restart(name) {
    if (await this.#try(() => reconnect(name))) say(this.#status, `Reconnecting ${name}`);
  }

  /** @param {string} name */
  async #remove(name) {
    const { matching } = this.#view;
    const next = matching[matching.indexOf(name) + 1] ?? matching[0];
    let isRemoved = false;
    await this.#try(async () => (isRemoved = await remove(name)));
    if (!isRemoved) return;
    await this.#streamsNow();
    say(this.#status, `${name} removed`);
    if (next) this.#grid.focus(next);
  }

  /** @param {string} name */
  async #afterSave(name) {
    await this.#streamsNow();
    say(this.#status, `${name} saved`);
    this.#grid.focus(name);
  }

  async #streamsNow() {
    await this.#try(async () => this.#take(await askStreams()));
  }

  /** @param {() => Promise<unknown>} what @returns {Promise<boolean>} false if it failed: the page says why */
  async #try(what) {
    try {
      await what();
      return true;
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
      return false;
    }
  }

  async #toggleFullscreen() {
    await (document.fullscreenElement ? document.exitFullscreen() : this.requestFullscreen());
  }

  /** @param {string} message */
  #fail(message) {
    say(this.#notice, `${message} This page retries automatically.`);
    this.#notice.hidden = false;
    this.#loading.hidden = true;
    this.setAttribute("stale", "");
    this.#grid.setUnknown();
    this.#bar.count(this.#seen());
  }
}

customElements.define("framecast-wall", FramecastWall);
