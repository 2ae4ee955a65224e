// A screen on a wall: turns pages and groups, keeps the screen on, and takes no input. docs/how-to/wall.md describes its address.

import { nextView } from "./wall-address.js";

/** @typedef {import("./wall-address.js").Kiosk} Options */

export class Kiosk {
  /** What is shown: a group of those that take turns, and a page of it. */
  view = { stage: 0, page: 0 };
  /** How many there are, as the wall found them. */
  counts = { stages: 1, pages: 1 };
  #timer = 0;
  #onTurn;

  /**
   * @param {Options} options
   * @param {() => void} onTurn
   */
  constructor(options, onTurn) {
    this.options = options;
    this.#onTurn = onTurn;
  }

  start() {
    document.documentElement.toggleAttribute("data-kiosk", true);
    document.addEventListener("visibilitychange", keepScreenOn);
    void keepScreenOn();
    if (this.options.rotate) this.#timer = setInterval(() => this.#turn(), 1000 * this.options.rotate);
  }

  stop() {
    clearInterval(this.#timer);
    document.removeEventListener("visibilitychange", keepScreenOn);
  }

  #turn() {
    const next = nextView(this.view, this.counts.pages, this.counts.stages);
    if (next.stage === this.view.stage && next.page === this.view.page) return;
    this.view = next;
    this.#onTurn();
  }
}

/** Browsers end the lock when the page is hidden, and have it only on HTTPS and localhost. */
async function keepScreenOn() {
  try {
    if (!document.hidden) await navigator.wakeLock?.request("screen");
  } catch {
    // Then the settings of the device decide.
  }
}
