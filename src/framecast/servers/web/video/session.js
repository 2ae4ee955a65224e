// What a player shares with the server and with this browser about one video: its description, its views, and where somebody stopped.

import { Feed, addressOf } from "./feed.js";
import { Resume, ownMemory } from "./resume.js";
import { placeOf } from "./times.js";
import { Views } from "./views.js";

/**
 * @import {FeedEvents} from "./feed.js"
 * @import {Playback} from "./playback.js"
 *
 * @typedef {{server: string, id: string, token: string}} VideoPlace
 */

const NOTE_EVERY_MS = 5000;

export class Session {
  #feed;
  #resume;
  #noted = 0;

  /**
   * @param {VideoPlace} place
   * @param {HTMLVideoElement} video
   * @param {Playback} playback
   * @param {FeedEvents} events
   */
  constructor(place, video, playback, events) {
    this.place = place;
    this.video = video;
    this.playback = playback;
    this.#feed = new Feed(place, events);
    this.#resume = new Resume(ownMemory(), this.isOwn ? place.id : `${place.server} ${place.id}`);
    this.views = new Views(() => this.#countView());
  }

  /** Whether the page is one of the server's own. */
  get isOwn() {
    return this.place.server.startsWith(`${location.origin}/`);
  }

  start() {
    this.#feed.start();
  }

  stop() {
    this.note();
    this.#feed.stop();
  }

  /** Ask the server what there is now. */
  ask() {
    return this.#feed.ask();
  }

  /** The time of the video has moved. */
  onTime() {
    this.views.add(this.video.currentTime, this.video.duration);
    if (Date.now() - this.#noted > NOTE_EVERY_MS) this.note();
  }

  /** Remember where it stands. */
  note() {
    this.#noted = Date.now();
    const { at, duration, media, isStarted } = this.playback;
    if (media && isStarted && duration && this.video.readyState > 0) this.#resume.note(at, duration, this.#noted);
  }

  /** Where to begin: the place that is asked for, or where somebody stopped. @param {string} asked @returns {{at: number, isResumed: boolean}} */
  begin(asked) {
    const place = placeOf(asked);
    if (place >= 0) return { at: place, isResumed: false };
    const at = this.#resume.place(this.playback.item?.duration_s ?? 0);
    return { at, isResumed: at > 0 };
  }

  /** A page of another site may change nothing, so its views are not counted. */
  #countView() {
    const { server, id } = this.place;
    if (this.isOwn) void fetch(addressOf(`api/videos/${encodeURIComponent(id)}/view`, server, ""), { method: "POST", keepalive: true }).catch(() => {});
  }
}
