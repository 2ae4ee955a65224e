// What a wall shows: which streams, in which order, on which page, and which of them alone. From its address, its memory and its filters.

import { Kiosk } from "./kiosk.js";
import { readAddress, stages, withGroup } from "./wall-address.js";
import { recall, remember } from "./wall-memory.js";
import { arranged, groupsOf, isIn, matches, merged, moved, pageOf } from "./wall-order.js";

/**
 * @typedef {import("./api.js").Stream} Stream
 * @typedef {import("./wall-memory.js").Memory} Memory
 */

/** A phone has no room for more columns. */
const NARROW = matchMedia("(max-width: 600px)");
const NARROW_LAYOUT = 2;

export class WallView {
  words = "";
  /** @type {Set<string>} */
  states = new Set();
  /** Names in their order. @type {string[]} */
  all = [];
  /** Names that match the group and the filters, on all pages. @type {string[]} */
  matching = [];
  #memory = recall();
  #address = readAddress(location.search);
  #group = this.#address.groups[0] ?? "";
  /** @type {string[]} */
  #groups = [];
  kiosk;

  /** @param {() => void} onTurn a kiosk shows the next page or group */
  constructor(onTurn) {
    this.kiosk = this.#address.kiosk && new Kiosk(this.#address.kiosk, onTurn);
  }

  /** All groups that streams have. */
  get groups() {
    return this.#groups;
  }

  /** '' for all streams. */
  get group() {
    return this.#group;
  }

  /** Cells on each side, 0 is automatic. */
  get layout() {
    const layout = this.kiosk?.options.layout ?? this.#memory.layout;
    return NARROW.matches ? Math.min(layout, NARROW_LAYOUT) : layout;
  }

  /** The stream that is shown alone, '' for none. */
  get large() {
    return !this.kiosk && this.matching.includes(this.#memory.large) ? this.#memory.large : "";
  }

  get pages() {
    return pageOf(this.matching, this.layout, this.kiosk?.view.page ?? this.#memory.page);
  }

  /**
   * Take the newest streams.
   * @param {Record<string, Stream>} streams
   * @param {(name: string) => boolean} hasNoSignal
   */
  arrange(streams, hasNoSignal) {
    this.#groups = groupsOf(Object.values(streams));
    const found = stages(this.#address.groups, this.#groups);
    if (this.kiosk) this.#group = found[this.kiosk.view.stage % found.length];
    this.all = arranged(Object.keys(streams), this.#memory.order);
    this.matching = this.all.filter((name) => isIn(streams[name], this.#group) && matches(streams[name], this.words, this.states, hasNoSignal(name)));
    if (this.kiosk) this.kiosk.counts = { stages: found.length, pages: this.pages.pages };
  }

  /** @param {Partial<Memory>} change */
  change(change) {
    this.#memory = { ...this.#memory, ...change };
    if (!this.kiosk) remember(this.#memory);
  }

  /**
   * @param {string} words
   * @param {Set<string>} states
   */
  filter(words, states) {
    [this.words, this.states] = [words, states];
    this.#memory.page = 0;
  }

  /** The address of the page follows the group. @param {string} group */
  choose(group) {
    this.#group = group;
    history.replaceState(null, "", location.pathname + withGroup(location.search, group));
    this.change({ page: 0, large: "" });
  }

  /** Show the page that is so many pages further. @param {number} by */
  turn(by) {
    const { pages, page } = this.pages;
    this.change({ page: Math.max(0, Math.min(pages - 1, page + by)), large: "" });
  }

  /**
   * Give a stream another place, and return which one it has among those that match.
   * @param {string} name
   * @param {number} place on the page that is shown
   */
  move(name, place) {
    const { order } = this.#memory;
    const size = this.layout ** 2;
    const to = Math.max(0, Math.min(this.matching.length - 1, place + size * this.pages.page));
    const before = [...order, ...this.all.filter((one) => !order.includes(one))];
    const after = merged(before, moved(this.matching, name, to));
    this.change({ order: after, ...(size ? { page: Math.floor(to / size) } : {}) });
    return to;
  }
}
