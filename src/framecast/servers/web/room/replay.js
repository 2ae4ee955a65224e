// The chat beside a stored video: what was said up to the picture's place. Pure.

import { changed } from "./log.js";
import { MOST_MESSAGES } from "./wire.js";

/** @import {Message, RoomEvent} from "./wire.js" */

/** So much is asked for at once, and so early before it is needed. */
export const PART_S = 120;
const AHEAD_S = 20;
export const MOST_AT_ONCE = 200;
/** What was said a little before the place where somebody jumps to is shown, too. */
const BEFORE_S = 60;

export class Replay {
  /** In order of media time. @type {Message[]} */
  #messages = [];
  /** What is loaded, in media seconds. @type {{from: number, to: number} | null} */
  #loaded = null;
  #position = 0;

  /** @param {number} position seconds */
  moveTo(position) {
    this.#position = position;
    const loaded = this.#loaded;
    if (loaded && (position < loaded.from || position > loaded.to + AHEAD_S)) this.clear();
  }

  /** What to ask for next, null if enough is there. */
  wanted() {
    const loaded = this.#loaded;
    if (!loaded) {
      const from = Math.max(0, this.#position - BEFORE_S);
      return { from, to: this.#position + PART_S };
    }
    return loaded.to - this.#position < AHEAD_S ? { from: loaded.to, to: loaded.to + PART_S } : null;
  }

  /**
   * What was said in a part, which `wanted` asked for.
   * @param {{from: number, to: number}} part
   * @param {Message[]} messages
   */
  add(part, messages) {
    const isNext = this.#loaded !== null && part.from === this.#loaded.to;
    if (!isNext && this.#loaded) return; // somebody has jumped since
    // A part that is full ends with its last message.
    const last = messages.length >= MOST_AT_ONCE ? Math.max(...messages.map(timeOf)) : part.to;
    this.#loaded = { from: this.#loaded?.from ?? part.from, to: last > part.from ? last : part.to };
    this.#merge(messages);
    this.#forgetOld();
  }

  /** @param {Message[]} messages */
  #merge(messages) {
    const known = new Set(this.#messages.map((message) => message.seq));
    const fresh = messages.filter((message) => message.media_time_s !== null && !known.has(message.seq));
    this.#messages = [...this.#messages, ...fresh].sort((one, other) => timeOf(one) - timeOf(other) || one.seq - other.seq);
  }

  /** The messages that the picture has passed, the newest at most. */
  shown() {
    const end = this.#messages.findIndex((message) => timeOf(message) > this.#position);
    return this.#messages.slice(0, end < 0 ? undefined : end).slice(-MOST_MESSAGES);
  }

  /** @param {number} seq */
  find(seq) {
    return this.#messages.find((message) => message.seq === seq);
  }

  /** What is said now belongs to a place, too. @param {RoomEvent} event */
  apply(event) {
    const { kind, message } = event;
    const place = kind === "message" ? (message?.media_time_s ?? null) : null;
    if (kind !== "message") this.#messages = changed(this.#messages, event);
    else if (message && place !== null && this.#loaded && place >= this.#loaded.from && place <= this.#loaded.to) this.#merge([message]);
  }

  clear() {
    this.#messages = [];
    this.#loaded = null;
  }

  #forgetOld() {
    const passed = this.shown();
    const first = passed.length === MOST_MESSAGES ? passed[0] : undefined;
    if (!first) return;
    this.#messages = this.#messages.slice(this.#messages.indexOf(first));
    if (this.#loaded) this.#loaded.from = timeOf(first);
  }
}

/** @param {Message} message */
function timeOf(message) {
  return message.media_time_s ?? 0;
}
