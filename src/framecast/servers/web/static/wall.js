// <framecast-wall>: all streams live, side by side. It polls the server, remembers the layout, and connects the parts:
// the bar above (wall-bar.js), the tiles (wall-grid.js), the form (stream-form.js).

import { ANSWER_MS, address, ask, poll } from "./api.js";
import { confirmed } from "./confirm.js";
import { el, say } from "./dom.js";
import { emptyCard } from "./wall-empty.js";
import { Menu } from "./menu.js";
import { StreamForm } from "./stream-form.js";
import { WallBar } from "./wall-bar.js";
import { WallGrid } from "./wall-grid.js";
import { showKeys } from "./wall-keys.js";
import { recall, remember } from "./wall-memory.js";
import { tileMenu } from "./wall-menu.js";
import { arranged, matches, merged, moved } from "./wall-order.js";

/**
 * @typedef {import("./api.js").Stream} Stream
 * @typedef {import("./wall-memory.js").Memory} Memory
 */

const EVERY_MS = 1500;

class FramecastWall extends HTMLElement {
  #memory = recall();
  /** @type {Record<string, Stream>} */
  #streams = {};
  /** Names that match the filter, on all pages. @type {string[]} */
  #matching = [];
  #words = "";
  /** @type {Set<string>} */
  #states = new Set();
  #hasAsked = false;
  #stop = () => {};

  #notice = el("p", { class: "notice bad", role: "alert", hidden: true });
  #status = el("p", { class: "visually-hidden", role: "status" });
  #menu = new Menu();
  #form = new StreamForm((name) => void this.#afterSave(name));
  #bar = new WallBar({
    onFilter: (words, states) => this.#filter(words, states),
    onLayout: (layout) => this.#change({ layout, page: 0, large: "" }),
    onPage: (by) => this.#turn(by),
    onAdd: () => this.#form.open(),
    onFullscreen: () => void this.#toggleFullscreen(),
  });
  #grid = new WallGrid({
    onMove: (name, place) => this.#move(name, place),
    onLarge: (name) => this.#toggleLarge(name),
    onState: () => this.#bar.count(this.#seen()),
    onMenu: (name, button) => this.#openMenu(name, button),
    onKey: (name, key) => this.#onKey(name, key),
  });
  #nothing = el(
    "p",
    { class: "nothing", hidden: true },
    "No stream matches. ",
    el("button", { class: "link strong", type: "button", onclick: () => this.#bar.clear() }, "Show all"),
  );
  #full = el("div", { class: "wall-full", hidden: true }, this.#bar.element, this.#grid.element, this.#nothing);
  #empty = emptyCard(() => this.#form.open(), () => this.#streamsNow());
  #loading = el("p", { class: "loading" }, "Loading streams …");

  connectedCallback() {
    this.replaceChildren(this.#notice, this.#loading, this.#full, this.#empty, this.#status, this.#menu.element);
    this.#stop = poll(askStreams, EVERY_MS, (streams) => this.#take(streams), (error) => this.#fail(error.message));
    document.addEventListener("keydown", this.#onEscape);
    document.querySelector(".keys-button")?.addEventListener("click", showKeys);
    void showLogout();
  }

  disconnectedCallback() {
    this.#stop();
    document.removeEventListener("keydown", this.#onEscape);
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
    const all = arranged(Object.keys(this.#streams), this.#memory.order);
    this.#matching = all.filter((name) => matches(this.#streams[name], this.#words, this.#states, this.#grid.hasNoSignal(name)));
    const large = this.#matching.includes(this.#memory.large) ? this.#memory.large : "";
    const { layout } = this.#memory;
    const { pages, page, shown } = this.#pages();
    this.#loading.hidden = true;
    this.#empty.hidden = all.length > 0;
    this.#full.hidden = all.length === 0;
    this.#nothing.hidden = this.#matching.length > 0;
    this.toggleAttribute("fitted", all.length > 0 && (layout > 0 || large !== ""));
    this.#bar.show({ layout, page, pages: large ? 1 : pages });
    this.#bar.count(this.#seen());
    this.#grid.show({ streams: all.map((name) => this.#streams[name]), shown, layout, large });
  }

  /** The state of each stream as this page sees it. */
  #seen() {
    return Object.values(this.#streams).map(({ name, state }) => (this.#grid.hasNoSignal(name) ? "nosignal" : state));
  }

  /** How many pages there are, which one is shown, and what is on it. */
  #pages() {
    const { layout, page: wanted } = this.#memory;
    const size = layout ? layout * layout : Infinity;
    const pages = Math.max(1, Math.ceil(this.#matching.length / size));
    const page = Math.min(wanted, pages - 1);
    return { pages, page, shown: layout ? this.#matching.slice(page * size, (page + 1) * size) : this.#matching };
  }

  /**
   * Turn pages; if a tile has the focus, the focus moves along.
   * @param {number} by
   */
  #turn(by) {
    const { pages, page } = this.#pages();
    const isOnTile = this.#grid.element.contains(document.activeElement);
    this.#change({ page: Math.max(0, Math.min(pages - 1, page + by)), large: "" });
    if (isOnTile) this.#grid.focus(this.#pages().shown[0]);
  }

  /** @param {Partial<Memory>} change */
  #change(change) {
    this.#memory = { ...this.#memory, ...change };
    remember(this.#memory);
    this.#show();
  }

  /**
   * @param {string} words
   * @param {Set<string>} states
   */
  #filter(words, states) {
    [this.#words, this.#states] = [words, states];
    this.#memory.page = 0;
    this.#show();
    say(this.#status, `${this.#matching.length} of ${Object.keys(this.#streams).length} streams`);
  }

  /**
   * @param {string} name
   * @param {number} place on the page that is shown
   */
  #move(name, place) {
    const { layout, order } = this.#memory;
    const to = Math.max(0, Math.min(this.#matching.length - 1, place + layout * layout * this.#pages().page));
    const before = [...order, ...arranged(Object.keys(this.#streams), order).filter((one) => !order.includes(one))];
    const after = merged(before, moved(this.#matching, name, to));
    this.#change({ order: after, ...(layout ? { page: Math.floor(to / (layout * layout)) } : {}) });
    say(this.#status, `${name} moved to position ${to + 1} of ${this.#matching.length}`);
    if (document.activeElement === document.body) this.#grid.focus(name);
  }

  /** @param {string} name */
  #toggleLarge(name) {
    const isLarge = this.#memory.large !== name;
    this.#change({ large: isLarge ? name : "" });
    say(this.#status, isLarge ? `Showing only ${name}` : "Showing all streams");
    this.#grid.focus(name);
  }

  #onEscape = (/** @type {KeyboardEvent} */ event) => {
    const isElsewhere = event.defaultPrevented || document.querySelector("dialog[open], :popover-open") !== null;
    if (event.key === "Escape" && this.#memory.large && !isElsewhere && !document.fullscreenElement) this.#toggleLarge(this.#memory.large);
  };

  /**
   * Keys of a tile, except those that move in the grid.
   * @param {string} name
   * @param {string} key
   */
  #onKey(name, key) {
    const stream = this.#streams[name];
    const keys = /** @type {Record<string, () => void>} */ ({
      Enter: () => this.#toggleLarge(name),
      m: () => this.#grid.sound(name),
      e: () => stream.configured === "api" && this.#form.open(stream),
      Delete: () => stream.configured === "api" && void this.#remove(name),
      f: () => void this.#toggleFullscreen(),
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
    const place = this.#matching.indexOf(name);
    const shift = (/** @type {number} */ to) => this.#move(name, to - this.#pages().page * this.#memory.layout ** 2);
    const items = tileMenu(this.#streams[name], {
      edit: () => this.#form.open(this.#streams[name]),
      restart: () => void this.#restart(name),
      remove: () => void this.#remove(name),
      earlier: place > 0 ? () => shift(place - 1) : undefined,
      later: place < this.#matching.length - 1 ? () => shift(place + 1) : undefined,
      first: place > 0 ? () => shift(0) : undefined,
    });
    this.#menu.open(button, name, items);
  }

  /** @param {string} name */
  async #restart(name) {
    await this.#try(() => ask(address("api/restart", { src: name }), { method: "POST" }));
    say(this.#status, `Reconnecting ${name}`);
  }

  /** @param {string} name */
  async #remove(name) {
    const question = `Programs and pages that use ${name} lose it, and its settings are deleted.`;
    if (!(await confirmed(`Remove ${name}?`, question, "Remove"))) return;
    const next = this.#matching[this.#matching.indexOf(name) + 1] ?? this.#matching[0];
    await this.#try(() => ask(address("api/streams", { src: name }), { method: "DELETE" }));
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

  /** @param {() => Promise<unknown>} what */
  async #try(what) {
    try {
      await what();
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
    }
  }

  async #toggleFullscreen() {
    if (document.fullscreenElement) await document.exitFullscreen();
    else await this.requestFullscreen();
  }

  /** @param {string} message */
  #fail(message) {
    say(this.#notice, `${message} This page retries automatically.`);
    this.#notice.hidden = false;
    this.#loading.hidden = true;
    this.setAttribute("stale", "");
    this.#grid.setUnknown();
  }
}

/** @param {AbortSignal} [signal] @returns {Promise<Record<string, Stream>>} */
async function askStreams(signal = AbortSignal.timeout(ANSWER_MS)) {
  return (await ask(address("api/streams"), { signal })).json();
}

/** Logging out makes sense only if the server has sessions. */
async function showLogout() {
  try {
    const facts = await (await ask(address("api"))).json();
    const form = document.querySelector(".logout");
    if (form instanceof HTMLElement) form.hidden = facts.login !== true;
  } catch {
    // The list of streams shows what is wrong.
  }
}

customElements.define("framecast-wall", FramecastWall);
