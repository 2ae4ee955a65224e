// The element <framecast-room>: attributes, properties and events; docs/reference/room.md describes them.

import { Chat } from "./chat.js";
import { RoomConnection } from "./connection.js";
import { guestSecret, keep, kept, newId } from "./keep.js";
import { MOST_AT_ONCE, Replay } from "./replay.js";
import { RoomApi } from "./room-api.js";
import { RoomAttributes } from "./room-attributes.js";
import { RoomDesk } from "./room-desk.js";
import { statusOf } from "./room-status.js";
import { rowsOf } from "./rows.js";

/** @import {Message, RoomEvent} from "./wire.js" */

const EVERY_MS = 500;
const READ_AFTER_MS = 1000;

export class FramecastRoom extends RoomAttributes {
  static observedAttributes = ["src", "server", "token", "guest-name", "readonly", "replay", "closable"];

  #api = new RoomApi(() => ({ server: this.server, key: this.key, token: this.token, guest: this.#guest }));
  /** What all parts of the room share. */
  connection = new RoomConnection({ address: () => this.#api.socket(), hello: () => ({ name: this.#name, ...(this.#guest && { guest: this.#guest }) }) });
  /** @type {Chat} */
  #chat = new Chat(this.connection, this.#api, {
    onChange: () => this.#changed(),
    onMessage: (message) => this.#onMessage(message),
    onRefused: (unsent, error) => this.#desk.onRefused(unsent, error),
    onNotice: (words) => this.#desk.view.toast(words),
    makeId: newId,
    now: () => Date.now() / 1000,
  });
  #replay = new Replay();
  /** @type {RoomDesk} */
  #desk = new RoomDesk(this, {
    chat: this.#chat,
    replay: this.#replay,
    isReplay: () => this.#isReplay,
    mediaTime: () => this.#mediaTime,
    changed: () => this.#changed(),
    showNow: () => this.#show(),
  });
  /** Whose place in time messages have: a video, or an element with `currentTime`. @type {{currentTime: number} | null} */
  #player = null;
  #frame = 0;
  #ticker = 0;
  #readTimer = 0;
  #isAsking = false;
  #given = { state: "", count: -1, unseen: -1 };

  constructor() {
    super();
    this.connection.on("state", () => this.#tellState());
    this.connection.on("welcome", ({ epoch }) => this.#recallRead(epoch));
    this.connection.on("error", () => this.#doubtName());
    this.connection.on("events", ({ events }) => events.forEach((/** @type {RoomEvent} */ event) => this.#replay.apply(event)));
  }

  connectedCallback() {
    document.addEventListener("visibilitychange", this.#onLook);
    addEventListener("online", this.#onOnline);
    this.#onLook();
    this.#start();
  }

  disconnectedCallback() {
    // An element that only moves is back at once.
    queueMicrotask(() => {
      if (this.isConnected) return;
      document.removeEventListener("visibilitychange", this.#onLook);
      removeEventListener("online", this.#onOnline);
      this.connection.close();
      this.#tick();
    });
  }

  /** With this method, browsers that can move an element do not disconnect it. */
  connectedMoveCallback() {}

  /** @param {string} name @param {string | null} old @param {string | null} value */
  attributeChangedCallback(name, old, value) {
    if (old === value) return;
    if (name === "src" || name === "server" || name === "token") {
      this.connection.close();
      this.#chat.reset();
      this.#replay.clear();
      this.#desk.view.panel.close();
      if (this.isConnected) this.#start();
    } else this.#changed();
    this.#tick();
  }

  // --- properties

  /** `idle`, `connecting`, `open`, `offline` or `gone`. */
  get state() {
    return this.connection.state;
  }

  /** What stands in the way, in words. */
  get words() {
    return this.#status.words;
  }

  /** Who this is here: {id, name, role, may_write, ...}; null until the server has said so. */
  get you() {
    return this.#chat.you;
  }

  /** How many messages came that nobody has seen here. */
  get unread() {
    return this.#chat.log.unseen;
  }

  /** How many people are here. */
  get count() {
    return this.#chat.presence.count;
  }

  get player() {
    return this.#player;
  }

  set player(player) {
    this.#player = player;
    this.#changed();
    this.#tick();
  }

  /**
   * Say something. The promise ends when it was taken here; it is sent as soon as there is a connection.
   * @param {string} text
   */
  say(text) {
    const refused = this.#chat.say({ text, replyTo: null, mediaTimeS: this.#mediaTime });
    if (refused) throw new Error(refused);
  }

  /** Put the focus into the list. */
  focus() {
    this.#desk.view.list.focus();
  }

  // --- running

  #start() {
    if (!this.key) return this.#changed();
    this.#chat.outbox.restore(kept("session", `unsent-${this.key}`));
    this.#desk.view.composer.put(kept("session", `draft-${this.key}`));
    this.connection.open();
    this.#changed();
    this.#tick();
  }

  get #name() {
    return kept("local", "name") || this.guestName || null;
  }

  /** Who a guest is on a page of another site; "" on the server's own pages, where a cookie says it. */
  get #guest() {
    return new URL(this.server, location.href).origin === location.origin ? "" : guestSecret();
  }

  get #mediaTime() {
    const time = this.#player?.currentTime;
    return typeof time === "number" && Number.isFinite(time) && this.key.startsWith("video:") ? Math.round(time * 10) / 10 : null;
  }

  get #isReplay() {
    return this.replay && this.#player !== null;
  }

  #onLook = () => {
    const isLooking = !document.hidden;
    if (!isLooking) this.#chat.leaveMark();
    this.#chat.log.look(isLooking);
    this.#changed();
    this.#tick();
  };

  #onOnline = () => {
    if (this.state === "offline") this.connection.reopen();
  };

  /** Show what has changed, once for all changes of a moment; a page that nobody sees does nothing. */
  #changed() {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#show();
    });
  }

  #show() {
    const { log, outbox, you, ignored, readSeq } = this.#chat;
    const isReplay = this.#isReplay;
    const common = { ignored, mine: log.mine, me: you?.id ?? "", unsent: outbox.list, isOffline: this.state !== "open" };
    const rows = isReplay
      ? rowsOf({ ...common, messages: this.#replay.shown(), isLive: true, hasOlder: true, gapBefore: null, readSeq: null })
      : rowsOf({ ...common, messages: log.messages, isLive: log.isLive, hasOlder: log.hasOlder, gapBefore: log.gapBefore, readSeq });
    const waitS = Math.max(0, this.#chat.waitUntil - Date.now() / 1000);
    this.#desk.view.show({ rows, status: this.#status, isFollowing: isReplay || log.isFollowing, canReplay: this.#player !== null && this.key.startsWith("video:"), isReplay, isReadonly: this.readonly, isClosable: this.closable, waitS });
    if (this.key) keep("session", `unsent-${this.key}`, outbox.list.length ? outbox.saved() : "");
    if (log.isFollowing && log.isLooking && !isReplay && !this.#readTimer) this.#readTimer = setTimeout(() => this.#markRead(), READ_AFTER_MS);
    this.#tell();
    this.#tick();
  }

  #markRead() {
    this.#readTimer = 0;
    const { log } = this.#chat;
    if (!log.isFollowing || document.hidden || log.newest === 0) return;
    this.#chat.markRead();
    keep("local", `read-${this.key}`, `${this.connection.epoch} ${log.newest}`);
  }

  /** Where this browser has read to, for the line above what is new. @param {string} epoch */
  #recallRead(epoch) {
    const [of, seq] = kept("local", `read-${this.key}`).split(" ");
    if (of === epoch && this.#chat.readSeq === null) this.#chat.readSeq = Number(seq) || null;
  }

  /** A name that the server refuses would keep its guest out. */
  #doubtName() {
    if (this.state !== "connecting" || !kept("local", "name")) return;
    keep("local", "name", "");
    this.connection.reopen();
  }

  get #status() {
    const { state, code, words } = this.connection;
    const { refusal, obstacle, you, outbox } = this.#chat;
    return statusOf({ state, code, words, refusal, isKnown: you !== null, obstacle, mutedUntil: you?.muted_until ?? null, reason: you?.reason ?? "", unsent: outbox.list.length, now: Date.now() / 1000 });
  }

  /** A clock runs only while something counts down, or a picture runs beside the chat. */
  #tick() {
    const isWaiting = this.#chat.waitUntil > Date.now() / 1000 || this.#chat.obstacle === "muted";
    const isWanted = this.isConnected && !document.hidden && (isWaiting || this.#isReplay);
    if (isWanted === (this.#ticker !== 0)) return;
    clearInterval(this.#ticker);
    this.#ticker = isWanted ? setInterval(() => this.#onTick(), EVERY_MS) : 0;
  }

  #onTick() {
    if (this.#isReplay) void this.#follow();
    this.#changed();
    this.#tick();
  }

  async #follow() {
    this.#replay.moveTo(Number(this.#player?.currentTime) || 0);
    const part = this.#replay.wanted();
    if (!part || this.#isAsking || !this.#chat.you) return;
    this.#isAsking = true;
    try {
      const page = await this.#api.messages({ from_s: part.from, to_s: part.to, most: MOST_AT_ONCE });
      this.#replay.add(part, page.messages);
      this.#chat.log.learnMine(page.mine);
    } catch {
      // The next turn asks again.
    } finally {
      this.#isAsking = false;
      this.#changed();
    }
  }

  // --- events for the page

  #tellState() {
    const { state } = this;
    if (this.#given.state === state) return;
    this.#given.state = state;
    this.setAttribute("state", state);
    this.dispatchEvent(new CustomEvent("state", { detail: { state, words: this.words } }));
  }

  #tell() {
    const { count, unread } = this;
    if (this.#given.count !== count) this.dispatchEvent(new CustomEvent("presence", { detail: { count } }));
    if (this.#given.unseen !== unread) this.dispatchEvent(new CustomEvent("unread", { detail: { count: unread } }));
    Object.assign(this.#given, { count, unseen: unread });
  }

  /** @param {Message} message */
  #onMessage(message) {
    this.dispatchEvent(new CustomEvent("message", { detail: message }));
    if (message.author.id !== this.you?.id) this.#desk.view.announce(`${message.author.name}: ${message.text}`);
  }
}
