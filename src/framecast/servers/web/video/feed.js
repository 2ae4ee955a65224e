// What the server knows of one video: asked at the beginning, and again whenever it may have changed, until nothing more will come.

import { Backoff } from "../player/backoff.js";

/** @import {Item} from "./item-words.js" */

/** Changes are announced by events; this is for a server, or a proxy, that gives none. */
const EVERY_MS = 5000;
const EVERY_QUIET_MS = 30000;
const ANSWER_MS = 10000;

/**
 * @typedef {object} FeedEvents
 * @property {(item: Item) => void} onItem
 * @property {(status: number, words: string) => void} onError `status` is 0 without an answer
 */

/** A file or an answer of the server that belongs to a video. @param {string} path @param {string} server @param {string} token */
export function addressOf(path, server, token) {
  const url = new URL(path, server);
  if (token) url.searchParams.set("token", token);
  return url.href;
}

export class Feed {
  #backoff = new Backoff();
  /** @type {EventSource | null} */
  #events = null;
  #timer = 0;
  #isRunning = false;
  #isAsking = false;
  #isOld = false;
  #onVisible = () => !document.hidden && this.#isRunning && !this.isSettled && void this.ask();
  /** Whether nothing more is expected of this video. */
  isSettled = false;

  /**
   * @param {{server: string, id: string, token: string}} place
   * @param {FeedEvents} events
   */
  constructor(place, events) {
    this.place = place;
    this.events = events;
  }

  start() {
    this.#isRunning = true;
    document.addEventListener("visibilitychange", this.#onVisible);
    void this.ask();
  }

  stop() {
    this.#isRunning = false;
    document.removeEventListener("visibilitychange", this.#onVisible);
    clearTimeout(this.#timer);
    this.#unfollow();
  }

  /** Ask now; a question that is on its way is followed by another one, for it may be older than what is wanted. */
  async ask() {
    if (this.#isAsking) return void (this.#isOld = true);
    this.#isAsking = true;
    clearTimeout(this.#timer);
    try {
      do {
        this.#isOld = false;
        await this.#askOnce();
      } while (this.#isOld && this.#isRunning);
    } finally {
      this.#isAsking = false;
    }
  }

  async #askOnce() {
    const { server, id, token } = this.place;
    let status = 0;
    try {
      const answer = await fetch(addressOf(`api/videos/${encodeURIComponent(id)}`, server, token), { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) });
      status = answer.status;
      const found = await answer.json();
      if (this.#isRunning) this.#take(answer.ok, status, found);
    } catch {
      if (this.#isRunning) this.#fail(status, status ? `The server answered ${status}.` : "The server does not answer.");
    }
  }

  /** @param {boolean} isGood @param {number} status @param {any} found */
  #take(isGood, status, found) {
    if (!isGood) return this.#fail(status, String(found.message ?? ""));
    this.#backoff.reset();
    this.isSettled = isFinal(found);
    if (this.isSettled) this.#unfollow();
    else this.#follow(isBusy(found) ? EVERY_MS : EVERY_QUIET_MS);
    this.events.onItem(found);
  }

  /** A server that is away comes back; a video that is not there does not. @param {number} status @param {string} words */
  #fail(status, words) {
    this.events.onError(status, words);
    if (status !== 0 && status < 500) return this.#unfollow();
    this.#timer = setTimeout(() => void this.ask(), this.#backoff.next());
  }

  /** @param {number} everyMs */
  #follow(everyMs) {
    if (!this.#events && this.place.server.startsWith(`${location.origin}/`)) {
      const { server, id, token } = this.place;
      const events = new EventSource(addressOf("api/videos/events", server, token));
      events.addEventListener("open", () => void this.ask()); // what has changed before
      events.addEventListener("message", (event) => this.#isAbout(id, event.data) && void this.ask());
      this.#events = events;
    }
    this.#timer = setTimeout(() => void (document.hidden || this.ask()), everyMs);
  }

  /** @param {string} id @param {string} data */
  #isAbout(id, data) {
    try {
      const changed = JSON.parse(data).id;
      return !changed || changed === id;
    } catch {
      return false;
    }
  }

  #unfollow() {
    this.#events?.close();
    this.#events = null;
  }
}

/** Whether nothing more is expected: one that is held, deleted or has failed may come back. @param {Item} item */
function isFinal(item) {
  return item.state === "ready" && item.media !== null && item.media.is_final !== false && !item.is_held && item.deleted_at === null;
}

/** Whether something is about to change soon. @param {Item} item */
function isBusy(item) {
  return ["uploading", "checking", "processing"].includes(item.state);
}
