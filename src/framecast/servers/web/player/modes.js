// The ways to play a stream, as a table, and which of them to try next.

import { mediaSource, supportedCodecs } from "./codecs.js";
import { HlsScreen, playlistUrl } from "./hls-screen.js";
import { JpegScreen } from "./jpeg-screen.js";
import { MseScreen } from "./mse-screen.js";

/**
 * @import {ServerClock} from "./clock.js"
 * @import {StreamAddress} from "./hls-screen.js"
 * @import {Screen, ScreenEvents} from "./screen.js"
 * @import {Channel} from "./transport.js"
 *
 * @typedef {{video: HTMLVideoElement, canvas: HTMLCanvasElement, clock: ServerClock, address: StreamAddress}} Surfaces
 *
 * @typedef {object} Mode
 * @property {(video: HTMLVideoElement) => boolean} isPossible in this browser
 * @property {Channel | null} channel what the transport carries; null: the browser loads the media itself
 * @property {(hasAudio: boolean) => string} codecs to ask the server for
 * @property {number} silent_s without a word for this long the connection is dead
 * @property {number} fresh_s without a new picture for this long the last one is covered
 * @property {boolean} hasPlaceholders the server sends "no signal" pictures while the source is away
 * @property {(surfaces: Surfaces, events: ScreenEvents) => Screen} open
 */

/** The server sends a message every two seconds. Without one for this long the connection is dead, even if nothing has closed it. */
export const SILENT_S = 7;
/** The browser's own HLS player loads whole segments, and waits for them. */
const HLS_SILENT_S = 15;
const FRESH_S = 1.5;

/** @type {Record<string, Mode>} */
export const MODES = {
  mse: {
    isPossible: () => supportedCodecs(false) !== "",
    channel: "mse",
    codecs: supportedCodecs,
    silent_s: SILENT_S,
    fresh_s: FRESH_S,
    hasPlaceholders: false,
    open: ({ video, clock }, events) => new MseScreen(video, events, clock),
  },
  hls: {
    isPossible: (video) => !mediaSource() && video.canPlayType("application/vnd.apple.mpegurl") !== "",
    channel: null,
    codecs: () => "",
    silent_s: HLS_SILENT_S,
    fresh_s: 2 * FRESH_S,
    hasPlaceholders: false,
    open: ({ video, address }, events) => new HlsScreen(video, events, playlistUrl(address)),
  },
  mjpeg: {
    isPossible: () => true,
    channel: "mjpeg",
    codecs: () => "",
    silent_s: SILENT_S,
    fresh_s: FRESH_S,
    hasPlaceholders: true,
    open: ({ canvas }, events) => new JpegScreen(canvas, events),
  },
};

/** The default of the attribute `mode`. */
export const ALL_MODES = Object.keys(MODES).join();

/**
 * @typedef {"none" | "connection" | "page"} Excluded for how long the mode is not tried: until the next wait, or as long as the page lives
 * @typedef {"closed" | "silent" | "refused" | "broken" | "hopeless"} Failure
 */

/** What follows each failure. `waits`: try again later; otherwise the next mode is tried at once. @type {Record<Failure, {excludes: Excluded, waits: boolean}>} */
export const FAILURES = {
  closed: { excludes: "none", waits: true },
  silent: { excludes: "none", waits: true },
  refused: { excludes: "connection", waits: false },
  broken: { excludes: "none", waits: true },
  hopeless: { excludes: "page", waits: false },
};

/** A mode that fails to decode this often is not tried again: one damaged picture can be bad luck. */
const MAX_BREAKS = 3;

/** Remembers which modes failed, and chooses the next one. */
export class ModeChoice {
  /** @type {Record<Excluded, Set<string>>} */
  #excluded = { none: new Set(), connection: new Set(), page: new Set() };
  #breaks = 0;

  /**
   * The first mode that is allowed, possible and has not failed; undefined if none is left.
   * @param {string} allowed names, separated by commas
   * @param {HTMLVideoElement} video
   */
  next(allowed, video) {
    const { connection, page } = this.#excluded;
    const names = allowed.split(",").map((name) => name.trim());
    return names.find((name) => Object.hasOwn(MODES, name) && !connection.has(name) && !page.has(name) && MODES[name].isPossible(video));
  }

  /** What a screen's failure is. @param {boolean} isFatal @returns {Failure} */
  judge(isFatal) {
    if (!isFatal) return "refused";
    this.#breaks += 1;
    return this.#breaks >= MAX_BREAKS ? "hopeless" : "broken";
  }

  /** @param {string} mode @param {Excluded} excluded */
  exclude(mode, excluded) {
    if (excluded !== "none") this.#excluded[excluded].add(mode);
  }

  /** Try all modes of the next connection again, except those that never work here. */
  retry() {
    this.#excluded.connection.clear();
  }

  /** The mode has played for long enough. */
  prove() {
    this.#breaks = 0;
  }
}
