// The rows of the list: messages with day lines, the unread line and what is not sent yet. Pure.

/**
 * @import {Message} from "./wire.js"
 * @import {Unsent} from "./outbox.js"
 *
 * @typedef {{kind: "day", key: string, at: number}} DayRow
 * @typedef {{kind: "unread" | "gap" | "begin", key: string}} LineRow
 * @typedef {{kind: "message", key: string, message: Message, isContinued: boolean, isMine: boolean, isForMe: boolean, mine: string}} MessageRow
 * @typedef {{kind: "unsent", key: string, unsent: Unsent, isContinued: boolean, isOffline: boolean}} UnsentRow
 * @typedef {DayRow | LineRow | MessageRow | UnsentRow} Row
 *
 * @typedef {object} RowsOf
 * @property {readonly Message[]} messages
 * @property {readonly Unsent[]} unsent
 * @property {boolean} [isOffline]
 * @property {boolean} isLive what is not sent yet stands behind the newest message only
 * @property {boolean} hasOlder
 * @property {number | null} gapBefore
 * @property {number | null} readSeq the newest message that was read when the room was entered
 * @property {ReadonlySet<string>} ignored
 * @property {ReadonlyMap<number, Set<string>>} mine
 * @property {string} me
 */

/** Messages of one author within this time stand below one name. */
const GROUP_S = 300;
const GROUP_MEDIA_S = 30;

/** @param {RowsOf} room @returns {Row[]} */
export function rowsOf(room) {
  /** @type {Row[]} */
  const rows = room.hasOlder || room.messages.length === 0 ? [] : [{ kind: "begin", key: "begin" }];
  /** @type {Message | null} */
  let before = null;
  let isUnreadShown = room.readSeq === null;
  for (const message of room.messages) {
    if (room.ignored.has(message.author.id)) continue;
    const lines = linesBefore(message, before, room, isUnreadShown);
    isUnreadShown ||= lines.some((line) => line.kind === "unread");
    rows.push(...lines, rowOf(message, lines.length ? null : before, room));
    before = message;
  }
  if (!room.isLive) return rows;
  for (const [place, unsent] of room.unsent.entries()) rows.push({ kind: "unsent", key: `u${unsent.id}`, unsent, isContinued: place > 0 || before?.author.id === room.me, isOffline: room.isOffline ?? false });
  return rows;
}

/**
 * @param {Message} message
 * @param {Message | null} before
 * @param {RowsOf} room
 * @param {boolean} isUnreadShown
 * @returns {Row[]}
 */
function linesBefore(message, before, room, isUnreadShown) {
  /** @type {Row[]} */
  const lines = [];
  if (room.gapBefore !== null && message.seq >= room.gapBefore && (!before || before.seq < room.gapBefore)) lines.push({ kind: "gap", key: "gap" });
  if (!before || dayOf(before.at) !== dayOf(message.at)) lines.push({ kind: "day", key: `d${dayOf(message.at)}`, at: message.at });
  const isUnread = !isUnreadShown && message.seq > Number(room.readSeq) && message.author.id !== room.me;
  // Without anything read above it the line would say nothing.
  if (isUnread && before) lines.push({ kind: "unread", key: "unread" });
  return lines;
}

/**
 * @param {Message} message
 * @param {Message | null} before
 * @param {RowsOf} room
 * @returns {Row}
 */
function rowOf(message, before, room) {
  return {
    kind: "message",
    key: `m${message.seq}`,
    message,
    isContinued: before !== null && isGroup(before, message),
    isMine: message.author.id === room.me,
    isForMe: message.spans.some((span) => span.kind === "mention" && span.target === room.me),
    mine: [...(room.mine.get(message.seq) ?? [])].sort().join(" "),
  };
}

/** @param {Message} before @param {Message} message */
function isGroup(before, message) {
  const isNear = message.at - before.at < GROUP_S && Math.abs((message.media_time_s ?? 0) - (before.media_time_s ?? 0)) < GROUP_MEDIA_S;
  return before.author.id === message.author.id && isNear && !message.reply_to;
}

/** The day here of a moment. @param {number} at UTC seconds */
export function dayOf(at) {
  const date = new Date(at * 1000);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

/** Whether a row looks as it did. @param {Row} one @param {Row} other */
export function isSameRow(one, other) {
  if (one.kind !== other.kind) return false;
  if (one.kind === "message" && other.kind === "message") {
    return one.message === other.message && one.isContinued === other.isContinued && one.isMine === other.isMine && one.isForMe === other.isForMe && one.mine === other.mine;
  }
  if (one.kind === "unsent" && other.kind === "unsent") return one.unsent === other.unsent && one.isContinued === other.isContinued && one.isOffline === other.isOffline;
  return one.kind !== "day" || one.at === /** @type {DayRow} */ (other).at;
}
