// The connection of one room: a WebSocket that comes back by itself and then asks for exactly what was missed. All parts of a room
// (chat, presence, watching together) share it: `send`, `post`, `ping`, and `on` for what the server sends.

import { Backoff } from "../player/backoff.js";
import { RoomError } from "./wire.js";

/**
 * @import {RoomEvent, Welcome} from "./wire.js"
 *
 * @typedef {"idle" | "connecting" | "open" | "offline" | "gone"} ConnectionState gone: the server does not want this client any more
 * @typedef {Record<string, any>} Fields
 *
 * @typedef {object} ConnectionOptions
 * @property {() => URL | string} address asked at every connection
 * @property {() => Fields} [hello] what the first message has besides `since` and `epoch`: name, is_watching
 * @property {(url: URL | string) => WebSocket} [makeSocket]
 * @property {(run: () => void, ms: number) => number} [later]
 * @property {(timer: number) => void} [cancel]
 * @property {() => number} [now] milliseconds that only grow
 * @property {() => number} [random]
 */

/** How often a quiet connection is asked whether it still is one. */
const PING_EVERY_MS = 25_000;
const ANSWER_WITHIN_MS = 12_000;
/** The codes with which the server ends it for good: not visible any more, banned. */
const BANNED_CODE = 4003;
const FINAL_CODES = [4001, BANNED_CODE];
/** These come often, and nobody waits for an answer. */
const UNANSWERED = new Set(["typing", "read", "state", "ping", "more", "hello"]);

export class RoomConnection {
  /** @type {ConnectionState} */
  state = "idle";
  /** Why it is offline or gone, for people; "" if nothing was said. */
  words = "";
  /** The last code with which the server closed. */
  code = 0;
  /** The newest event that was received. @type {number | null} */
  last = null;
  /** @type {string | null} */
  epoch = null;
  /** What else the first message of each connection says: `is_watching`. @type {Fields} */
  greeting = {};

  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {Map<string, Set<(fields: any) => void>>} */
  #listeners = new Map();
  /** @type {Map<string, {resolve: (fields: Fields) => void, reject: (error: RoomError) => void}>} */
  #waiting = new Map();
  #count = 0;
  #retry = 0;
  #beat = 0;
  #heardAt = 0;
  #options;
  #backoff;

  /** @param {ConnectionOptions} options */
  constructor(options) {
    this.#options = {
      hello: () => ({}),
      makeSocket: (/** @type {URL | string} */ url) => new WebSocket(url),
      later: (/** @type {() => void} */ run, /** @type {number} */ ms) => Number(setTimeout(run, ms)),
      cancel: (/** @type {number} */ timer) => clearTimeout(timer),
      now: () => performance.now(),
      ...options,
    };
    this.#backoff = new Backoff(options.random);
  }

  /** True while messages can be sent: the server has said welcome. */
  get isOpen() {
    return this.state === "open";
  }

  /**
   * Hear of a kind of message: "welcome", "events", "presence", "pong", "you", "moderation", "gone", ..., and of "state", which is this
   * connection's own.
   * @param {string} kind
   * @param {(fields: any) => void} listener
   * @returns {() => void} takes the listener away
   */
  on(kind, listener) {
    const listeners = this.#listeners.get(kind) ?? new Set();
    this.#listeners.set(kind, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /** Connect, unless it is connected. */
  open() {
    if (this.#socket) return;
    this.#options.cancel(this.#retry);
    this.#connect();
  }

  /** End it, and forget nothing: `open` goes on from here. */
  close() {
    this.#options.cancel(this.#retry);
    this.#drop();
    this.#set("idle", "");
  }

  /** Another room: what was received is no longer its beginning. */
  forget() {
    this.last = null;
    this.epoch = null;
    this.#backoff.reset();
  }

  /** Connect again now: with another name, or because the network is back. */
  reopen() {
    if (this.state === "idle") return;
    this.#options.cancel(this.#retry);
    this.#drop();
    this.#backoff.reset();
    this.#connect();
  }

  /**
   * Send something that the server answers.
   * @param {Fields} fields
   * @returns {Promise<Fields>} rejects with a `RoomError`; its kind is `Offline` if nobody knows whether it was done
   */
  send(fields) {
    if (UNANSWERED.has(fields.type)) {
      return this.post(fields) ? Promise.resolve({}) : Promise.reject(offline());
    }
    const ref = `r${++this.#count}`;
    return new Promise((resolve, reject) => {
      if (!this.post({ ...fields, ref })) return reject(offline());
      this.#waiting.set(ref, { resolve, reject });
    });
  }

  /** Send something that nobody answers; false if there is no connection. @param {Fields} fields */
  post(fields) {
    if (!this.isOpen || !this.#socket) return false;
    this.#socket.send(JSON.stringify(fields));
    return true;
  }

  /**
   * Ask for the server's time.
   * @returns {Promise<{sentMs: number, receivedMs: number, serverS: number}>} local times are `performance.now()`
   */
  ping() {
    const id = `p${++this.#count}`;
    const sentMs = this.#options.now();
    return new Promise((resolve, reject) => {
      if (!this.post({ type: "ping", id })) return reject(offline());
      this.#waiting.set(id, { resolve: (fields) => resolve({ sentMs, receivedMs: this.#options.now(), serverS: Number(fields.server_s) }), reject });
    });
  }

  #connect() {
    this.#set("connecting", this.words);
    const socket = this.#options.makeSocket(this.#options.address());
    this.#socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ type: "hello", since: this.last, epoch: this.epoch, name: null, is_watching: false, ...this.#options.hello(), ...this.greeting }));
    socket.onmessage = ({ data }) => this.#socket === socket && typeof data === "string" && this.#onMessage(JSON.parse(data));
    socket.onclose = ({ code, reason }) => this.#socket === socket && this.#onClosed(code, reason);
  }

  /** @param {Fields} fields */
  #onMessage(fields) {
    this.#heardAt = this.#options.now();
    if (fields.type === "done" || fields.type === "error") return this.#settle(fields);
    if (fields.type === "pong") this.#answer(fields.id)?.resolve(fields);
    else if (fields.type === "welcome") this.#onWelcome(/** @type {any} */ (fields));
    else if (fields.type === "events") return this.#onEvents(fields);
    else if (fields.type === "behind") this.post({ type: "more", since: this.last });
    else if (fields.type === "gone") this.words = String(fields.reason ?? "");
    this.#emit(fields.type, fields);
    if (fields.type === "welcome") this.#set("open", "");
  }

  /** @param {Fields} fields */
  #settle(fields) {
    const waiting = this.#answer(fields.ref);
    if (fields.type === "done") return waiting?.resolve(fields);
    const error = new RoomError(String(fields.error), String(fields.message), fields.fields);
    if (waiting) return waiting.reject(error);
    const socket = this.#socket;
    this.#emit("error", error);
    // It does not let this client in: one that is banned for good, others try again.
    if (this.state === "connecting" && this.#socket === socket) this.#onClosed(error.kind === "Denied" ? BANNED_CODE : 0, error.message);
  }

  /** @param {string} id */
  #answer(id) {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  /** @param {Welcome} welcome */
  #onWelcome(welcome) {
    const isSame = welcome.epoch === this.epoch && !welcome.is_gap;
    welcome.is_continued = isSame;
    if (isSame) welcome.events = welcome.events.filter((event) => event.seq > (this.last ?? -1));
    this.epoch = welcome.epoch;
    this.last = Math.max(welcome.last, isSame ? (this.last ?? 0) : 0);
    this.#backoff.reset();
    // Listeners that answer the welcome may send at once.
    this.state = "open";
    this.#watch();
  }

  /** Pass on what is new; each event once. @param {Fields} fields */
  #onEvents({ events, epoch = "", is_gap: isGap = false, is_more: isMore = false }) {
    // A room has its epoch from its first event on.
    if (epoch) this.epoch = epoch;
    const fresh = isGap ? events : events.filter((/** @type {RoomEvent} */ event) => event.seq > (this.last ?? -1));
    if (fresh.length) this.last = fresh[fresh.length - 1].seq;
    if (fresh.length) this.#emit("events", { type: "events", events: fresh, is_gap: isGap });
    if (isMore) this.post({ type: "more", since: this.last });
  }

  /** A network that is gone without a word is noticed by a question that nobody answers. */
  #watch() {
    this.#options.cancel(this.#beat);
    this.#beat = this.#options.later(() => {
      const asked = this.#options.now();
      this.ping().catch(() => {});
      this.#beat = this.#options.later(() => {
        if (this.#heardAt >= asked) return this.#watch();
        this.#drop();
        this.#onClosed(0, "");
      }, ANSWER_WITHIN_MS);
    }, PING_EVERY_MS);
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    this.#options.cancel(this.#beat);
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const one of waiting) one.reject(offline());
  }

  /** @param {number} code @param {string} reason */
  #onClosed(code, reason) {
    const words = reason || this.words;
    this.code = code;
    this.#drop();
    if (FINAL_CODES.includes(code)) return this.#set("gone", words);
    this.#set("offline", words);
    this.#retry = this.#options.later(() => this.#connect(), this.#backoff.next());
  }

  /** @param {ConnectionState} state @param {string} words */
  #set(state, words) {
    this.state = state;
    this.words = words;
    this.#emit("state", { state, words, code: this.code });
  }

  /** @param {string} kind @param {any} fields */
  #emit(kind, fields) {
    for (const listener of [...(this.#listeners.get(kind) ?? [])]) listener(fields);
  }
}

function offline() {
  return new RoomError("Offline", "There is no connection to the server.");
}
