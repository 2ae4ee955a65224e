// Brings the media of one generation to a <video>: by hls.js, by the browser's own HLS (Safari), or as one file.

import { Backoff } from "../player/backoff.js";
import { sizeName } from "./times.js";

/**
 * @import {Media} from "./item-words.js"
 *
 * @typedef {{value: number, words: string}} Quality `value` is -1 for the automatic choice
 *
 * @typedef {object} EngineEvents
 * @property {() => void} onQualities
 * @property {(words: string) => void} onTrouble the connection is lost and tried again; "" when it is back
 * @property {(words: string) => void} onFailed nothing more is tried
 * @property {() => void} onGone the files are not there any more: there may be a newer generation
 */

/** Beside the bundle, static/video-player.js; loaded with the first video that is played. */
const HLS_FILE = new URL("vendor/hls-1.7.4.min.js", import.meta.url).href;
const HLS_TYPE = "application/vnd.apple.mpegurl";
const MOST_MEDIA_ERRORS = 3;
const MEDIA_ERRORS_MS = 20000;
/** A few quick tries; what is longer away is tried again here, with words. */
const TRIES = {
  default: {
    maxTimeToFirstByteMs: 10000,
    maxLoadTimeMs: 120000,
    timeoutRetry: { maxNumRetry: 2, retryDelayMs: 0, maxRetryDelayMs: 0 },
    errorRetry: { maxNumRetry: 2, retryDelayMs: 300, maxRetryDelayMs: 1000 },
  },
};
const CONFIG = {
  fragLoadPolicy: TRIES,
  playlistLoadPolicy: TRIES,
  manifestLoadPolicy: TRIES,
  enableWorker: false, // a worker of a blob is forbidden by a strict policy; fragmented MP4 is passed on as it is
  startFragPrefetch: true,
  testBandwidth: false,
  abrEwmaDefaultEstimate: 6e6,
  capLevelToPlayerSize: true,
  maxBufferLength: 20,
  maxMaxBufferLength: 60,
  maxBufferSize: 60e6,
  backBufferLength: 60,
  enableWebVTT: false, // subtitles are tracks of this player
  enableIMSC1: false,
  enableCEA708Captions: false,
  enableEmsgMetadataCues: false,
  enableID3MetadataCues: false,
};

export class Engine {
  /** @type {any} the instance of hls.js */
  #hls = null;
  /** @type {any} its module */
  #module = null;
  #backoff = new Backoff();
  #timer = 0;
  /** @type {number[]} when the browser's decoder has failed */
  #mediaErrors = [];
  #isOpen = false;
  #wanted = -1;
  #onOnline = () => this.#isTroubled && this.#retry();
  #isTroubled = false;
  #onVideoError = () => this.#hls || this.#onNativeError();
  #url = "";

  /**
   * @param {HTMLVideoElement} video
   * @param {(name: string, media: Media) => string} addressOf a file of a generation
   * @param {() => string} token for files of other sites; "" for none
   * @param {EngineEvents} events
   */
  constructor(video, addressOf, token, events) {
    this.video = video;
    this.addressOf = addressOf;
    this.token = token;
    this.events = events;
  }

  /** The choices of a quality; empty if the browser chooses alone. @returns {Quality[]} */
  get qualities() {
    const levels = /** @type {any[]} */ (this.#hls?.levels ?? []);
    if (!levels.length) return [];
    const now = levels[this.#hls.currentLevel];
    const auto = now && this.#wanted < 0 ? `Auto (${sizeName(now)})` : "Auto";
    const rungs = levels.map((level, value) => ({ value, words: sizeName(level), bits: level.bitrate }));
    rungs.sort((one, other) => other.bits - one.bits);
    return [{ value: -1, words: auto }, ...rungs.map(({ value, words }) => ({ value, words }))];
  }

  get quality() {
    return this.#wanted;
  }

  set quality(value) {
    this.#wanted = value;
    if (this.#hls) this.#hls.nextLevel = value;
    this.events.onQualities();
  }

  /** Load a generation. @param {Media} media @param {number} at the place to begin at */
  async open(media, at) {
    this.close();
    this.#isOpen = true;
    addEventListener("online", this.#onOnline);
    this.video.addEventListener("error", this.#onVideoError);
    this.#url = this.addressOf(media.hls, media);
    if (usesOwnHls(this.video)) return this.#openDirectly(this.#url, at);
    try {
      this.#module ??= await import(HLS_FILE);
    } catch {
      return void (this.#isOpen && this.events.onFailed("A file of the player did not arrive."));
    }
    if (!this.#isOpen || this.#hls) return;
    const Hls = this.#module.default;
    if (Hls.isSupported()) this.#openByHls(Hls, at);
    else if (media.download) this.#openDirectly(this.addressOf(media.download, media), at);
    else this.events.onFailed("This browser plays no HLS.");
  }

  close() {
    this.#isOpen = this.#isTroubled = false;
    clearTimeout(this.#timer);
    removeEventListener("online", this.#onOnline);
    this.video.removeEventListener("error", this.#onVideoError);
    this.#hls?.destroy();
    this.#hls = null;
    this.#mediaErrors = [];
    this.#wanted = -1;
    this.video.removeAttribute("src");
    this.video.load();
  }

  /** @param {string} url @param {number} at */
  #openDirectly(url, at) {
    this.video.src = url;
    if (at > 0) this.video.addEventListener("loadedmetadata", () => (this.video.currentTime = at), { once: true });
  }

  /** @param {any} Hls @param {number} at */
  #openByHls(Hls, at) {
    const token = this.token();
    const withToken = (/** @type {XMLHttpRequest} */ request, /** @type {string} */ url) => {
      const address = new URL(url);
      address.searchParams.set("token", token);
      request.open("GET", address.href, true);
    };
    const hls = new Hls({ ...structuredClone(CONFIG), startPosition: at > 0 ? at : -1, ...(token ? { xhrSetup: withToken } : {}) });
    this.#hls = hls;
    hls.on(Hls.Events.MANIFEST_PARSED, () => this.events.onQualities());
    hls.on(Hls.Events.LEVEL_SWITCHED, () => this.events.onQualities());
    hls.on(Hls.Events.FRAG_BUFFERED, () => this.#onProgress());
    hls.on(Hls.Events.ERROR, (/** @type {string} */ _, /** @type {any} */ error) => this.#onError(Hls, error));
    hls.loadSource(this.#url);
    hls.attachMedia(this.video);
  }

  #onProgress() {
    this.#backoff.reset();
    if (!this.#isTroubled) return;
    this.#isTroubled = false;
    this.events.onTrouble("");
  }

  /** @param {any} Hls @param {any} error */
  #onError(Hls, error) {
    const status = Number(error.response?.code ?? 0);
    if (status === 404 || status === 410) return this.#onGone();
    if (!error.fatal) return;
    if (error.type === Hls.ErrorTypes.MEDIA_ERROR) return this.#onMediaError();
    if (status >= 400 && status < 500) return this.events.onFailed(status === 401 || status === 403 ? "This video may not be watched any more." : `The server answered ${status}.`);
    if (error.type !== Hls.ErrorTypes.NETWORK_ERROR) return this.events.onFailed("The browser cannot play this video.");
    this.#isTroubled = true;
    this.events.onTrouble("The connection is lost. Playback continues when it is back.");
    this.#timer = setTimeout(() => this.#retry(), this.#backoff.next());
  }

  /** One file that is gone means that all are: the other renditions are not tried. */
  #onGone() {
    this.#hls.destroy();
    this.#hls = null;
    this.events.onGone();
  }

  #retry() {
    clearTimeout(this.#timer);
    if (!this.#hls) return;
    if (this.#hls.levels.length) this.#hls.startLoad(this.video.currentTime);
    else this.#hls.loadSource(this.#url);
  }

  /** The browser's decoder has failed: once more from here, unless that happens again and again. */
  #onMediaError() {
    const now = performance.now();
    this.#mediaErrors = [...this.#mediaErrors.filter((when) => now - when < MEDIA_ERRORS_MS), now];
    if (this.#mediaErrors.length > MOST_MEDIA_ERRORS) return this.events.onFailed("The browser cannot decode this video.");
    this.#hls.recoverMediaError();
  }

  #onNativeError() {
    const code = this.video.error?.code;
    if (!code || !this.#isOpen) return;
    this.events.onFailed(code === MediaError.MEDIA_ERR_NETWORK ? "The connection is lost." : "The browser cannot play this video.");
  }
}

/** Safari plays HLS itself, with less power and by AirPlay; others only where they have no Media Source Extensions. @param {HTMLVideoElement} video */
function usesOwnHls(video) {
  if (!video.canPlayType(HLS_TYPE)) return false;
  const hasSource = "MediaSource" in globalThis || "ManagedMediaSource" in globalThis;
  return !hasSource || navigator.vendor.startsWith("Apple");
}
