// Whether the picture on the screen is a fresh one, from what the server says and when media arrived. Pure: times are arguments, in seconds.

/** @import {Mode} from "./modes.js" */

/** @typedef {{state: string, reason?: string, detail?: string, live?: boolean, every_s?: number}} SourceState */
/** @typedef {{isAway: boolean, words: string}} Trouble why no picture is fresh; `isAway`: certainly, not only by an earlier state */

/** A picture may be the newest one for this many of the measured intervals. */
const INTERVALS = 5;
/** Of slow streams, whose interval the server announces, one picture may be missing: two intervals and a margin. */
const SLOW_INTERVALS = 2;
const SLOW_MARGIN_S = 3;
const MAX_INTERVAL_S = 1.5;
/** The first picture of a connection may take this long if the server calls the stream live. */
const FIRST_S = 8;

const AWAY = ["offline", "stalled", "ended"];
/** @type {Record<string, string>} */
const DETAILS = { ended: "the source has ended", stalled: "no pictures are coming" };

export class Freshness {
  heardAt = 0;
  mediaAt = 0;
  /** Nothing that is shown is fresh. */
  isDown = false;
  /** The server calls the stream live. */
  isSaidLive = false;
  /** The server has announced that what it sends is not fresh: "no signal" pictures, or its last ones. */
  isOld = false;
  /** The server has announced that the source is away. */
  #isAway = false;
  /** Measured between pictures. */
  #interval = 0;
  /** Announced by the server for a slow stream; 0 for all others. */
  #every = 0;

  /** A connection opens. @param {number} at */
  open(at) {
    this.isDown = this.#isAway = this.isOld = this.isSaidLive = false;
    this.heardAt = this.mediaAt = at;
  }

  /**
   * A picture has arrived.
   * @param {number} at
   * @param {boolean} isFirst of this connection
   * @param {Mode} mode
   */
  noteMedia(at, isFirst, mode) {
    const gap = Math.min(at - this.mediaAt, MAX_INTERVAL_S);
    this.#interval = isFirst ? 0 : this.#interval + 0.1 * (gap - this.#interval);
    this.mediaAt = at;
    this.isDown = this.isOld || (mode.hasPlaceholders && this.#isAway);
  }

  /** The browser has shown a picture that it loaded itself. @param {number} at */
  noteShown(at) {
    this.mediaAt = this.heardAt = at;
    this.isDown = false;
  }

  /**
   * The server announces whether the pictures that follow are fresh.
   * @param {{live: boolean, detail?: string}} signal
   * @returns {Trouble | null}
   */
  noteSignal({ live, detail }) {
    this.isOld = !live;
    if (live) {
      this.#isAway = false;
      return null;
    }
    this.isDown = true;
    return { isAway: true, words: detail || DETAILS.stalled };
  }

  /**
   * The server announces the state of the source.
   * @param {SourceState} source
   * @returns {Trouble | null}
   */
  noteSource({ state, reason, detail, live, every_s }) {
    this.#every = every_s ?? 0;
    const isAway = AWAY.includes(state);
    this.isSaidLive = live === true;
    this.#isAway = !live && (isAway || this.#isAway); // while the node reconnects the source is still away
    if (live || !(isAway || this.isDown)) return null;
    this.isDown = true;
    return { isAway, words: detail || reason || DETAILS[state] || "" };
  }

  /** True for a live stream whose pictures are seconds or minutes apart. */
  get isSlowLive() {
    return this.isSaidLive && this.#every > 0;
  }

  /** True if the newest picture is too old. @param {number} at @param {Mode} mode */
  isLate(at, mode) {
    return at - this.mediaAt > this.#patience(mode);
  }

  /** True if the first picture is overdue. @param {number} at */
  isFirstLate(at) {
    return this.isSaidLive && at - this.mediaAt > FIRST_S;
  }

  /** True if the connection is dead. @param {number} at @param {Mode} mode */
  isSilent(at, mode) {
    return at - this.heardAt > mode.silent_s;
  }

  /** How long a picture may be the newest one. @param {Mode} mode */
  #patience(mode) {
    const every = Math.max(this.#interval, this.#every);
    return Math.max(mode.fresh_s, Math.min(INTERVALS * every, SLOW_INTERVALS * every + SLOW_MARGIN_S));
  }
}
