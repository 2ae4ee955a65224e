// What is known of a room's messages: the newest ones, or the part of the history that is being read. Pure; at most MOST_MESSAGES are kept.

import { MOST_MESSAGES } from "./wire.js";

/** @import {Message, RoomEvent, Welcome} from "./wire.js" */

export class RoomLog {
  /** In order of `seq`. @type {Message[]} */
  messages = [];
  /** False while newer messages are left out, because somebody reads older ones. */
  isLive = true;
  hasOlder = false;
  /** Messages before this one were not received: too much was missed. @type {number | null} */
  gapBefore = null;
  /** Messages of others that came while the end of the list was not in view. */
  unseen = 0;
  /** True while the end of the list is in view. */
  isFollowing = true;
  /** False while nobody can see the page. */
  isLooking = true;
  /** My reactions. @type {Map<number, Set<string>>} */
  mine = new Map();
  /** @type {Message | null} */
  pinned = null;
  /** @type {Record<string, any>} */
  settings = {};
  /** The newest message that anybody has said. */
  newest = 0;
  me = "";

  /** @param {Welcome} welcome */
  welcome(welcome) {
    this.me = welcome.you.id;
    this.pinned = welcome.room.pinned;
    this.settings = welcome.room.settings;
    const isContinued = welcome.is_continued && this.newest > 0;
    if (!isContinued) this.restart(welcome.events, welcome.is_gap);
    for (const event of welcome.events) this.apply(event, isContinued);
    this.#learnMine(welcome.mine, !isContinued);
  }

  /** What was here does not join what comes now. @param {RoomEvent[]} events @param {boolean} isGap */
  restart(events, isGap) {
    const [first] = events;
    this.messages = [];
    this.isLive = true;
    this.isFollowing = true;
    this.unseen = 0;
    this.hasOlder = first !== undefined && first.seq > 1;
    this.gapBefore = isGap && first ? first.seq : null;
  }

  /**
   * Take over one event. Each says what is so now, so that none does harm twice.
   * @param {RoomEvent} event
   * @param {boolean} [isNew] false for what was said before this client came
   */
  apply(event, isNew = true) {
    const { kind, message, target } = event;
    if (kind === "message" && message) return this.#add(message, isNew);
    if (kind === "react" && event.by?.id === this.me) this.#reactMyself(event);
    this.messages = changed(this.messages, event);
    if (kind === "settings") this.settings = { ...this.settings, ...event.settings };
    if (kind === "pin") this.pinned = message ?? this.find(Number(target)) ?? null;
    else if (this.pinned) this.pinned = changed([this.pinned], event).find((one) => !one.is_deleted) ?? null;
  }

  /** @param {number} seq */
  find(seq) {
    return this.messages.find((message) => message.seq === seq);
  }

  /** Whether the end of the list is in view; then nothing is unseen. @param {boolean} isFollowing */
  follow(isFollowing) {
    this.isFollowing = isFollowing && this.isLive;
    if (this.isFollowing && this.isLooking) this.unseen = 0;
  }

  /** Whether somebody can see the page. @param {boolean} isLooking */
  look(isLooking) {
    this.isLooking = isLooking;
    this.follow(this.isFollowing);
  }

  /**
   * A page of history from before the first message. Newer ones make room.
   * @param {Message[]} messages in order
   * @param {boolean} isEnd there is nothing before them
   */
  addOlder(messages, isEnd) {
    const first = this.messages[0]?.seq ?? Infinity;
    const older = messages.filter((message) => message.seq < first);
    this.messages = [...older, ...this.messages];
    this.hasOlder = !isEnd && messages.length > 0;
    if (this.gapBefore !== null && older.length) this.gapBefore = null;
    if (this.messages.length <= MOST_MESSAGES) return;
    this.messages.length = MOST_MESSAGES;
    this.isLive = false;
    this.isFollowing = false;
  }

  /**
   * A page of history from behind the last message; with the newest one the list is live again.
   * @param {Message[]} messages
   * @param {boolean} isEnd
   */
  addNewer(messages, isEnd) {
    const last = this.messages[this.messages.length - 1]?.seq ?? 0;
    this.messages.push(...messages.filter((message) => message.seq > last));
    this.#trim();
    this.isLive = isEnd;
  }

  /**
   * Show another part of the history, such as what a reply answers.
   * @param {Message[]} messages
   * @param {boolean} isLive
   */
  show(messages, isLive) {
    this.messages = messages.slice(-MOST_MESSAGES);
    this.hasOlder = (this.messages[0]?.seq ?? 1) > 1;
    this.gapBefore = null;
    this.isLive = isLive;
    this.follow(isLive);
  }

  /** @param {Record<string, string[]>} mine @param {boolean} isAll */
  #learnMine(mine, isAll) {
    if (isAll) this.mine.clear();
    this.learnMine(mine);
  }

  /** @param {Record<string, string[]> | undefined} mine */
  learnMine(mine) {
    for (const [seq, emoji] of Object.entries(mine ?? {})) this.mine.set(Number(seq), new Set(emoji));
    const first = this.messages[0]?.seq ?? 0;
    if (this.mine.size > 2 * MOST_MESSAGES) for (const seq of [...this.mine.keys()]) if (seq < first) this.mine.delete(seq);
  }

  /** @param {Message} message @param {boolean} isNew */
  #add(message, isNew) {
    this.newest = Math.max(this.newest, message.seq);
    const isMine = message.author.id === this.me;
    if (isNew && !isMine && !(this.isFollowing && this.isLooking)) this.unseen += 1;
    if (!this.isLive) return;
    const last = this.messages[this.messages.length - 1];
    if (last && last.seq >= message.seq) return;
    // Who reads above keeps the place: then the list ends here, until somebody goes to its end.
    if (!this.isFollowing && this.messages.length >= MOST_MESSAGES) {
      this.isLive = false;
      return;
    }
    this.messages.push(message);
    this.#trim();
  }

  #trim() {
    const over = this.messages.length - MOST_MESSAGES;
    if (over <= 0) return;
    for (const { seq } of this.messages.splice(0, over)) this.mine.delete(seq);
    this.hasOlder = true;
  }

  /** @param {RoomEvent} event */
  #reactMyself({ target, emoji = "", on = true }) {
    const mine = new Set(this.mine.get(Number(target)));
    if (on) mine.add(emoji);
    else mine.delete(emoji);
    this.mine.set(Number(target), mine);
  }
}

/**
 * The messages after an event that changes some of them; what does not change stays the same object.
 * @param {Message[]} messages
 * @param {RoomEvent} event
 * @returns {Message[]}
 */
export function changed(messages, event) {
  const { kind, message, target, seq } = event;
  const isTarget = (/** @type {Message} */ one) => one.seq === Number(target);
  if (kind === "edit" && message) return messages.map((one) => (one.seq === message.seq ? message : one));
  if (kind === "delete") return messages.map((one) => (isTarget(one) ? withoutText(one) : one));
  if (kind === "clear") return messages.map((one) => (one.author.id === target && one.seq < seq ? withoutText(one) : one));
  if (kind !== "react") return messages;
  const { emoji = "", count = 0 } = event;
  return messages.map((one) => (isTarget(one) ? { ...one, reactions: counted(one.reactions, emoji, count) } : one));
}

/** @param {Message} message @returns {Message} */
function withoutText(message) {
  return { ...message, text: "", spans: [], reactions: [], is_deleted: true };
}

/**
 * @param {import("./wire.js").Reaction[]} reactions
 * @param {string} emoji
 * @param {number} count
 */
function counted(reactions, emoji, count) {
  const isKnown = reactions.some((one) => one.emoji === emoji);
  if (!isKnown) return count > 0 ? [...reactions, { emoji, count }] : reactions;
  return reactions.map((one) => (one.emoji === emoji ? { emoji, count } : one)).filter((one) => one.count > 0);
}
