// What stands above the line to write in, or in its place: no connection, timed out, banned, closed. Pure.

import { sentenceOf, waitWords } from "./room-words.js";

/**
 * @typedef {object} StatusOf
 * @property {string} state of the connection
 * @property {number} code with which it was closed
 * @property {string} words that the server said
 * @property {{status: number, words: string}} refusal
 * @property {boolean} isKnown the server has said welcome once
 * @property {"banned" | "muted" | "closed" | "readonly" | null} obstacle
 * @property {number | null} mutedUntil
 * @property {string} reason
 * @property {number} unsent
 * @property {number} now
 *
 * @typedef {object} Status
 * @property {string} kind "" if all is well
 * @property {string} words
 * @property {boolean} mayWrite
 * @property {boolean} [maySignIn]
 */

const BANNED = 4003;
const REFUSED = [401, 403, 404];

/** @param {StatusOf} room @returns {Status} */
export function statusOf(room) {
  if (room.state === "gone") return goneStatus(room);
  if (REFUSED.includes(room.refusal.status)) return { kind: "gone", words: sentenceOf(room.refusal.words), mayWrite: false, maySignIn: room.refusal.status === 401 };
  if (room.state === "offline" || (room.state === "connecting" && room.isKnown)) return offlineStatus(room);
  if (!room.isKnown) return { kind: "connecting", words: "Connecting …", mayWrite: false };
  return obstacleStatus(room);
}

/** @param {StatusOf} room @returns {Status} */
function goneStatus({ code, words }) {
  const why = sentenceOf(words);
  if (code === BANNED) return { kind: "banned", words: /banned/i.test(why) ? why : `You are banned from this room. ${why}`.trim(), mayWrite: false };
  return { kind: "gone", words: why || "This room is not here any more, or you may not see it.", mayWrite: false };
}

/** @param {StatusOf} room @returns {Status} */
function offlineStatus({ isKnown, unsent }) {
  if (!isKnown) return { kind: "offline", words: "The server does not answer. This tries again by itself.", mayWrite: false };
  const kept = unsent ? `${unsent === 1 ? "1 message is" : `${unsent} messages are`} kept and sent` : "What you write is kept and sent";
  return { kind: "offline", words: `No connection. ${kept} when it is back.`, mayWrite: true };
}

/** @param {StatusOf} room @returns {Status} */
function obstacleStatus({ obstacle, mutedUntil, reason, now }) {
  const why = reason ? ` ${sentenceOf(reason)}` : "";
  if (obstacle === "muted") return { kind: "muted", words: `You are timed out for ${waitWords(Number(mutedUntil) - now)} more.${why}`, mayWrite: false };
  if (obstacle === "closed") return { kind: "closed", words: "The moderators have closed the chat for now.", mayWrite: false };
  if (obstacle) return { kind: "readonly", words: sentenceOf(reason) || "Guests can read here. Sign in to write.", mayWrite: false, maySignIn: !reason };
  return { kind: "", words: "", mayWrite: true };
}
