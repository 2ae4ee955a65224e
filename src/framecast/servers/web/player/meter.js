// The figures of a player, once a second.

import { codecsOf } from "./codecs.js";

/**
 * @import {Screen} from "./screen.js"
 *
 * @typedef {object} Figures
 * @property {string} mode
 * @property {string} codec
 * @property {number} width
 * @property {number} height
 * @property {number} fps
 * @property {number} bits per second
 * @property {number | null} latency_ms
 * @property {number | null} lead_ms
 * @property {number} rate
 * @property {number} shown
 * @property {number} dropped
 * @property {number} stalls
 * @property {number} bytes
 * @property {boolean} hasAudio
 */

const EVERY_S = 1;

export class Meter {
  bytes = 0;
  #before = { at: 0, bytes: 0, shown: 0 };

  /** @param {number} at seconds */
  restart(at) {
    this.#before = { at, bytes: this.bytes, shown: 0 };
  }

  /** @param {number} at */
  isDue(at) {
    return at - this.#before.at >= EVERY_S;
  }

  /**
   * @param {number} at
   * @param {Screen} screen
   * @param {{mode: string, isLive: boolean, rate: number}} playback
   * @returns {Figures}
   */
  read(at, screen, { mode, isLive, rate }) {
    const { shown, dropped } = screen.counts;
    const before = this.#before;
    const seconds = at - before.at;
    this.#before = { at, bytes: this.bytes, shown };
    return {
      mode,
      codec: codecsOf(screen.mime),
      width: screen.width,
      height: screen.height,
      fps: Math.max(0, shown - before.shown) / seconds,
      bits: (8 * (this.bytes - before.bytes)) / seconds,
      latency_ms: isLive && screen.latency !== null ? Math.max(0, screen.latency) : null, // the clocks of server and browser are compared by estimates
      lead_ms: screen.lead === null ? null : 1000 * screen.lead,
      rate,
      shown,
      dropped,
      stalls: screen.stalls,
      bytes: this.bytes,
      hasAudio: screen.hasAudio,
    };
  }
}
