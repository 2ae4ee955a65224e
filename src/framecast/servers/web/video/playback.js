// One video: which generation is open, where it stands, and in which state. The <video> does the playing, the engine brings the media.

import { messageOf } from "../player/words.js";
import { Engine } from "./engine.js";
import { isPlayable, noticeOf } from "./item-words.js";

/**
 * @import {Item, Media, Notice} from "./item-words.js"
 *
 * @typedef {"idle" | "loading" | "unavailable" | "ready" | "playing" | "paused" | "ended" | "error"} VideoState
 *
 * @typedef {object} PlaybackPlace
 * @property {(name: string, media: Media) => string} addressOf
 * @property {() => string} token
 * @property {() => boolean} isEager whether media is loaded before somebody plays it
 * @property {() => boolean} isAutomatic whether the video begins by itself
 * @property {() => number} begin the place to begin at
 * @property {() => boolean | null} intent whether it is played as somebody else sees to it, also while it waits; null: nobody else does
 *
 * @typedef {object} PlaybackEvents
 * @property {() => void} onChange
 * @property {() => void} onQualities
 * @property {() => void} onNewer a better generation than the one that plays is there
 * @property {() => void} onGone the files of the generation are gone: ask the server what there is
 * @property {() => void} onMuted it plays, but the browser allows no sound
 */

/** A short stop of the picture, such as at a jump, gets no sign. */
const BUSY_MS = 350;

export class Playback {
  /** @type {Item | null} */
  item = null;
  /** What is open now. @type {Media | null} */
  media = null;
  /** Why it does not play; "" if nothing is wrong. */
  words = "";
  /** The connection is lost, but playback goes on when it is back. */
  trouble = "";
  isBusy = false;
  #isFailed = false;
  #isStarted = false;
  #busyTimer = 0;
  #at = 0;
  /** Somebody has asked for `#at` while the media was being loaded. */
  #isAsked = false;
  /** What was asked for before the server's description came: to play, and a place. */
  #isPlayWanted = false;
  /** @type {number | null} */
  #placeWanted = null;
  #engine;

  /**
   * @param {HTMLVideoElement} video
   * @param {PlaybackPlace} place
   * @param {PlaybackEvents} events
   */
  constructor(video, place, events) {
    this.video = video;
    this.place = place;
    this.events = events;
    this.#engine = new Engine(video, place.addressOf, place.token, {
      onQualities: events.onQualities,
      onTrouble: (words) => this.#setTrouble(words),
      onFailed: (words) => this.fail(words),
      onGone: events.onGone,
    });
    for (const type of ["play", "pause", "ended", "seeking", "seeked", "loadedmetadata", "durationchange"]) video.addEventListener(type, () => events.onChange());
    video.addEventListener("loadedmetadata", () => this.#goThere());
    for (const type of ["waiting", "seeking"]) video.addEventListener(type, () => this.#wait());
    for (const type of ["playing", "seeked", "canplay", "pause", "emptied", "timeupdate"]) video.addEventListener(type, () => this.#goOn());
  }

  /** @returns {VideoState} */
  get state() {
    if (this.#isFailed) return "error";
    if (!this.item) return "loading";
    if (!this.media) return isPlayable(this.item) ? "ready" : "unavailable";
    if (!this.#isStarted) return "ready";
    if (this.video.ended) return "ended";
    return (this.place.intent() ?? !this.video.paused) ? "playing" : "paused";
  }

  /** @returns {Notice | null} */
  get notice() {
    return this.item && this.state === "unavailable" ? noticeOf(this.item) : null;
  }

  get duration() {
    const own = this.video.duration;
    return Number.isFinite(own) && own > 0 ? own : (this.item?.duration_s ?? 0);
  }

  /** Where it stands, also before anything is loaded. */
  get at() {
    return this.media && this.video.readyState > 0 ? this.video.currentTime : this.#at;
  }

  get isStarted() {
    return this.#isStarted;
  }

  get qualities() {
    return this.#engine.qualities;
  }

  get quality() {
    return this.#engine.quality;
  }

  set quality(value) {
    this.#engine.quality = value;
  }

  /** Whether the server has a newer generation than the one that plays. */
  get hasNewer() {
    return this.media !== null && !!this.item?.media && this.item.media.generation !== this.media.generation;
  }

  /** The server's description of the video has come, or has changed. @param {Item} item */
  take(item) {
    const isFirst = this.item === null;
    this.item = item;
    if (isFirst) [this.#at, this.#isFailed] = [this.#placeWanted ?? this.place.begin(), false];
    const isPlayWanted = isFirst && this.#isPlayWanted;
    [this.#isPlayWanted, this.#placeWanted] = [false, null];
    if (isPlayable(item)) this.#takeMedia(isPlayWanted);
    else if (!this.#isStarted || item.deleted_at !== null) this.#close();
    this.events.onChange();
  }

  /** @param {boolean} isPlayWanted */
  #takeMedia(isPlayWanted) {
    if (this.media && !this.hasNewer) return;
    if (this.media && this.#isStarted) return this.events.onNewer();
    if (isPlayWanted || this.place.isAutomatic()) void this.play();
    else if (this.place.isEager()) this.#open();
  }

  /** Play, from the beginning again if it has ended; as soon as the server has described the video. */
  async play() {
    this.#isPlayWanted = !this.item;
    if (!this.item || !isPlayable(this.item)) return;
    this.#isFailed = false;
    this.#isStarted = true;
    if (!this.media) this.#open();
    this.events.onChange();
    try {
      await this.video.play();
    } catch (error) {
      if (!isRefusal(error)) return;
      if (this.video.muted) return void this.fail(`The browser does not play this: ${messageOf(error)}`);
      this.video.muted = true;
      // A pause or a jump that comes meanwhile ends this, too, and is no refusal.
      await this.video.play().then(this.events.onMuted, (again) => (isRefusal(again) ? this.#rest() : this.events.onMuted()));
    }
  }

  pause() {
    this.#isPlayWanted = false;
    this.video.pause();
  }

  /** Show the picture of a place, and do not play yet. @param {number} at */
  cue(at) {
    if (!this.item || !isPlayable(this.item)) return;
    this.#isStarted = true;
    if (!this.media) this.#open(at);
    this.seek(at);
  }

  /** @param {number} at */
  seek(at) {
    const end = this.duration || Infinity;
    this.#at = Math.min(Math.max(0, at), end);
    if (!this.item) this.#placeWanted = this.#at;
    if (this.media && this.video.readyState > 0) this.video.currentTime = this.#at;
    else this.#isAsked = this.media !== null;
    this.events.onChange();
  }

  /** Take the newest generation, or the same one again after a failure, at the place where it stands. */
  reopen() {
    const { at } = this;
    const isOn = this.#isStarted;
    this.#at = at;
    this.#isFailed = false;
    this.#open();
    if (isOn) void this.play();
    this.events.onChange();
  }

  close() {
    this.#close();
    this.item = null;
    this.words = "";
    [this.#isPlayWanted, this.#placeWanted] = [false, null];
  }

  /** @param {string} words */
  fail(words) {
    this.#at = this.at;
    this.#isFailed = true;
    this.words = words;
    this.trouble = "";
    this.#goOn();
    this.video.pause();
    this.events.onChange();
  }

  #goThere() {
    if (this.#isAsked) this.video.currentTime = this.#at;
    this.#isAsked = false;
  }

  #open(at = this.#at) {
    const media = this.item?.media;
    if (!media) return;
    this.media = media;
    this.words = this.trouble = "";
    void this.#engine.open(media, at);
  }

  #close() {
    if (this.media) this.#engine.close();
    this.media = null;
    this.#isStarted = this.#isFailed = false;
    this.trouble = "";
    this.#goOn();
  }

  /** The browser lets nothing begin by itself: wait for a click. */
  #rest() {
    this.#isStarted = false;
    this.video.muted = false;
    this.events.onChange();
  }

  /** @param {string} words */
  #setTrouble(words) {
    this.trouble = words;
    this.events.onChange();
  }

  #wait() {
    if (this.#busyTimer || this.isBusy) return;
    this.#busyTimer = setTimeout(() => {
      this.#busyTimer = 0;
      this.isBusy = true;
      this.events.onChange();
    }, BUSY_MS);
  }

  #goOn() {
    if (this.video.seeking && this.media) return;
    clearTimeout(this.#busyTimer);
    this.#busyTimer = 0;
    if (!this.isBusy) return;
    this.isBusy = false;
    this.events.onChange();
  }
}

/** Whether the browser plays nothing, or no sound, before somebody asks for it. @param {unknown} error */
function isRefusal(error) {
  return error instanceof DOMException && error.name === "NotAllowedError";
}
