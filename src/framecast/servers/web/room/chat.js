// One chat: what the connection says goes into the log, and what somebody does here goes to the server. Without DOM.

import { RoomLog } from "./log.js";
import { Outbox } from "./outbox.js";
import { sentenceOf } from "./room-words.js";
import { RoomError } from "./wire.js";

/**
 * @import {RoomConnection} from "./connection.js"
 * @import {Draft, Unsent} from "./outbox.js"
 * @import {RoomApi} from "./room-api.js"
 * @import {Message, Presence, Room, RoomEvent, Welcome, You} from "./wire.js"
 *
 * @typedef {object} ChatHooks
 * @property {() => void} onChange something is to be shown again
 * @property {(message: Message) => void} onMessage somebody has just said something
 * @property {(unsent: Unsent, error: RoomError) => boolean} onRefused true if the text is where it can be changed
 * @property {(words: string) => void} onNotice
 * @property {() => string} makeId
 * @property {() => number} now UTC seconds
 */

const PAGE = 50;
const NEWEST = 100;
const AROUND = 30;
const TYPING_EVERY_S = 3;
const QUIET_S = 5;
/** @type {Presence} */
const NOBODY = { count: 0, members: [], typing: [], stalled: [] };

export class Chat {
  log = new RoomLog();
  outbox;
  /** @type {You | null} */
  you = null;
  /** @type {Room | null} */
  room = null;
  presence = NOBODY;
  /** @type {Set<string>} */
  ignored = new Set();
  /** @type {Record<string, any>} */
  limits = {};
  /** What waits for the moderators. */
  queue = { held: 0, reports: 0 };
  /** Where the unread line stands: behind this message. @type {number | null} */
  readSeq = null;
  /** UTC seconds; before that nothing can be sent. */
  waitUntil = 0;
  /** Why the server lets nobody in: status 0 if that is not known. */
  refusal = { status: 0, words: "" };
  isLoading = false;
  /** Events that came while the newest messages were asked for. @type {RoomEvent[] | null} */
  #late = null;
  #typedAt = 0;
  #markedSeq = 0;
  #quietUntil = 0;

  /**
   * @param {RoomConnection} connection
   * @param {RoomApi} api
   * @param {ChatHooks} hooks
   */
  constructor(connection, api, hooks) {
    this.connection = connection;
    this.api = api;
    this.hooks = hooks;
    this.outbox = new Outbox(hooks.makeId);
    connection.on("welcome", (welcome) => this.#onWelcome(welcome));
    connection.on("events", ({ events, is_gap: isGap }) => this.#onEvents(events, isGap));
    const set = (/** @type {Partial<Pick<Chat, "presence" | "you" | "queue">>} */ change) => (Object.assign(this, change), hooks.onChange());
    connection.on("presence", (presence) => set({ presence }));
    connection.on("you", (you) => set({ you: { ...this.you, ...you } }));
    connection.on("moderation", ({ held, reports }) => set({ queue: { held, reports } }));
    connection.on("error", (error) => hooks.onNotice(sentenceOf(error.message)));
    connection.on("state", ({ state, code }) => this.#onState(state, code));
  }

  /** Another room: nothing of this one is kept. */
  reset() {
    this.log = new RoomLog();
    Object.assign(this, { you: null, room: null, presence: NOBODY, readSeq: null, waitUntil: 0, queue: { held: 0, reports: 0 }, refusal: { status: 0, words: "" } });
    this.ignored.clear();
    this.outbox.list = [];
    this.#markedSeq = 0;
    this.connection.forget();
    this.hooks.onChange();
  }

  /** What keeps somebody from writing, null if nothing does. @returns {"banned" | "muted" | "closed" | "readonly" | null} */
  get obstacle() {
    const { you } = this;
    if (!you || you.may_write) return null;
    if (you.muted_until && you.muted_until > this.hooks.now()) return "muted";
    return this.log.settings.is_open === false ? "closed" : "readonly";
  }

  get mayModerate() {
    return this.you?.may_moderate ?? false;
  }

  // --- what somebody does here

  /** @param {Draft} draft @returns {string} why it is not taken, "" if it is */
  say(draft) {
    if (this.outbox.isFull) return "Too many messages wait for the connection.";
    this.outbox.add(draft);
    this.#typedAt = 0;
    if (!this.log.isLive) void this.toNewest();
    this.#goOn();
    return "";
  }

  /** @param {string} id */
  sayAgain(id) {
    this.outbox.again(id);
    this.#goOn();
  }

  /** @param {Record<string, unknown>} fields */
  act = (fields) => this.connection.send(fields);

  /** React, or take one's reaction back. @param {number} seq @param {string} emoji */
  react(seq, emoji) {
    return this.act({ type: "react", seq, emoji, on: !this.log.mine.get(seq)?.has(emoji) });
  }

  /** @param {string} author @param {boolean} on */
  async ignore(author, on) {
    await this.act({ type: "ignore", author, on });
    if (on) this.ignored.add(author);
    else this.ignored.delete(author);
    this.hooks.onChange();
  }

  /** Say that this person types; every few seconds at most. */
  typing() {
    const now = this.hooks.now();
    if (now - this.#typedAt < TYPING_EVERY_S) return;
    if (this.connection.post({ type: "typing" })) this.#typedAt = now;
  }

  /** Everything that is here was seen. */
  markRead() {
    const { newest } = this.log;
    if (newest <= this.#markedSeq || !this.connection.post({ type: "read", seq: newest })) return;
    this.#markedSeq = newest;
  }

  /** What comes from now on is unread until it is seen. */
  leaveMark() {
    if (this.log.isFollowing) this.readSeq = this.log.newest;
  }

  // --- history

  /** After a failure the list does not ask again at once. */
  get #mayAsk() {
    return this.connection.isOpen && this.hooks.now() >= this.#quietUntil;
  }

  /** @returns {Promise<void>} */
  loadOlder() {
    const [first] = this.log.messages;
    if (!this.log.hasOlder || !first || !this.#mayAsk) return Promise.resolve();
    return this.#load({ before: first.seq, most: PAGE }, ({ messages }) => this.log.addOlder(messages, messages.length < PAGE));
  }

  loadNewer() {
    const last = this.log.messages[this.log.messages.length - 1];
    if (this.log.isLive || !last || !this.#mayAsk) return Promise.resolve();
    return this.#load({ after: last.seq, most: PAGE }, ({ messages }) => this.log.addNewer(messages, messages.length < PAGE));
  }

  /** Back to the end of the list. */
  toNewest() {
    if (this.log.isLive) return Promise.resolve();
    return this.#load({ most: NEWEST }, ({ messages }) => this.log.show(messages, true));
  }

  /** Make sure that a message is in the list. @param {number} seq @returns {Promise<boolean>} false if it is not there any more */
  async reach(seq) {
    if (this.log.find(seq)) return true;
    const after = await this.api.messages({ after: seq, most: AROUND });
    await this.#load({ before: seq + 1, most: AROUND }, ({ messages }) => this.log.show([...messages, ...after.messages], after.messages.length < AROUND));
    this.log.follow(false);
    return this.log.find(seq) !== undefined;
  }

  /**
   * @param {import("./room-api.js").Query} query
   * @param {(page: import("./room-api.js").Page) => void} take
   */
  async #load(query, take) {
    if (this.isLoading) return;
    this.isLoading = true;
    this.#late = [];
    const { log } = this;
    try {
      const page = await this.api.messages(query);
      if (log !== this.log) return;
      take(page);
      log.learnMine(page.mine);
      for (const event of this.#late) log.apply(event, false);
    } catch (error) {
      this.#quietUntil = this.hooks.now() + QUIET_S;
      this.hooks.onNotice(sentenceOf(/** @type {Error} */ (error).message));
    } finally {
      this.isLoading = false;
      this.#late = null;
      this.hooks.onChange();
    }
  }

  // --- what the server says

  /** @param {Welcome} welcome */
  #onWelcome(welcome) {
    const isFirst = this.you === null;
    this.log.welcome(welcome);
    Object.assign(this, { you: welcome.you, room: welcome.room, presence: welcome.presence, limits: welcome.limits, refusal: { status: 0, words: "" } });
    this.ignored = new Set(welcome.ignored);
    if (isFirst && welcome.read) this.readSeq = welcome.read;
    for (const event of welcome.events) this.#forgetSent(event);
    this.outbox.restart();
    this.#goOn();
  }

  /** @param {RoomEvent[]} events @param {boolean} isGap too much was missed: these are the newest */
  #onEvents(events, isGap) {
    this.#late?.push(...events);
    if (isGap) this.log.restart(events, true);
    for (const event of events) {
      this.log.apply(event, !isGap);
      if (event.kind === "settings" && !this.log.settings.slow_s) this.waitUntil = 0;
      if (event.kind !== "message" || !event.message) continue;
      this.#forgetSent(event);
      if (!this.ignored.has(event.message.author.id)) this.hooks.onMessage(event.message);
    }
    this.hooks.onChange();
  }

  /** @param {RoomEvent} event */
  #forgetSent({ kind, message, at }) {
    if (kind !== "message" || !message?.id || message.author.id !== this.you?.id || !this.outbox.remove(message.id)) return;
    const slowS = this.mayModerate ? 0 : Number(this.log.settings.slow_s) || 0;
    this.waitUntil = Math.max(this.waitUntil, at + slowS);
  }

  /** @param {string} state @param {number} code */
  async #onState(state, code) {
    if (state === "open") this.#pump();
    // Somebody who is banned, or may not see the room any more, is shown nothing of it.
    if (state === "gone") this.log.restart([], false);
    if (state === "offline") {
      this.outbox.restart();
      // A handshake that was refused looks like a lost network: another request says why.
      if (this.you === null && code !== 0) this.refusal = await this.api.refusal();
    }
    this.hooks.onChange();
  }

  // --- sending

  /** Send what waits, one after the other: so the order stays. */
  #pump() {
    if (!this.connection.isOpen) return;
    const next = this.outbox.next();
    if (!next) return;
    const fields = { type: "send", id: next.id, text: next.text, reply_to: next.replyTo?.seq ?? null, media_time_s: next.mediaTimeS };
    this.connection.send(fields).then(
      (done) => this.#onSent(next, done),
      (error) => this.#onRefused(next, error),
    );
  }

  /** @param {Unsent} unsent @param {Record<string, any>} done */
  #onSent(unsent, done) {
    const isKnown = typeof done.seq === "number" && done.seq <= (this.connection.last ?? -1);
    if (done.is_held) this.hooks.onNotice("A moderator looks at your message before others see it.");
    if (done.is_held || isKnown) this.outbox.remove(unsent.id);
    else this.outbox.sent(unsent.id);
    this.#goOn();
  }

  /** @param {Unsent} unsent @param {RoomError} error */
  #onRefused(unsent, error) {
    if (error.isOffline) return;
    if (error.waitS) this.waitUntil = this.hooks.now() + error.waitS;
    if (this.hooks.onRefused(unsent, error)) this.outbox.remove(unsent.id);
    else this.outbox.fail(unsent.id, sentenceOf(error.message));
    this.#goOn();
  }

  #goOn() {
    this.hooks.onChange();
    this.#pump();
  }
}
