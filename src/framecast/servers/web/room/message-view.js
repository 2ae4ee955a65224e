// The elements of the rows. Everything that people wrote is set as text.

import { el } from "../static/dom.js";
import { icon } from "../static/icons.js";
import { clockWords, colourOf, dayWords, fullTimeWords, initialsOf, placeWords } from "./room-words.js";
import { piecesOf } from "./text-pieces.js";

/**
 * @import {Message, Person} from "./wire.js"
 * @import {MessageRow, Row, UnsentRow} from "./rows.js"
 *
 * @typedef {object} RowActions
 * @property {(seq: number) => void} onJump
 * @property {(seq: number, emoji: string) => void} onReact
 * @property {(seconds: number) => void} onSeek
 * @property {(id: string) => void} onAgain
 * @property {(id: string) => void} onGiveUp
 * @property {() => boolean} canSeek
 * @property {() => string} me
 */

/** @type {Record<string, string>} */
const LINES = { unread: "New messages", gap: "You were away for long: the messages between are in the history", begin: "This is the beginning" };
const ROLES = { guest: "Guest", member: "", moderator: "Moderator", owner: "Owner" };

/** @param {Row} row @param {RowActions} actions @returns {HTMLElement} */
export function rowView(row, actions) {
  if (row.kind === "day") return el("div", { class: "line day" }, el("span", {}, dayWords(row.at)));
  if (row.kind === "message") return messageView(row, actions);
  if (row.kind === "unsent") return unsentView(row, actions);
  return el("div", { class: `line ${row.kind}` }, el("span", {}, LINES[row.kind]));
}

/** @param {Person} person */
export function signOf(person) {
  return el("span", { class: "sign", "data-colour": String(colourOf(person.id)), "aria-hidden": "true" }, initialsOf(person.name));
}

/** @param {Person} person */
export function nameView(person) {
  const role = ROLES[person.role] ?? "";
  return el("span", { class: "who" }, el("bdi", { class: "name" }, person.name), role ? el("span", { class: "role", "data-role": person.role }, role) : "");
}

/** @param {string} text @param {import("./wire.js").Span[]} spans @param {string} [me] @returns {Node[]} */
export function textView(text, spans, me = "") {
  return piecesOf(text, spans).map((piece) => {
    if (piece.kind === "link") return el("a", { href: piece.target, target: "_blank", rel: "noopener nofollow ugc" }, piece.text);
    if (piece.kind === "mention") return el("span", { class: piece.target === me ? "mention is-me" : "mention" }, piece.text);
    return document.createTextNode(piece.text);
  });
}

/** @param {MessageRow} row @param {RowActions} actions */
function messageView(row, actions) {
  const { message, isContinued, isMine, isForMe } = row;
  const { author } = message;
  const classes = ["message", isContinued ? "continued" : "", isMine ? "mine" : "", isForMe ? "for-me" : "", message.is_deleted ? "deleted" : ""];
  const body = el(
    "div",
    { class: "body" },
    !isContinued && el("div", { class: "head" }, nameView(author), timeView(message, actions)),
    message.reply_to && quoteView(message.reply_to, actions),
    message.is_deleted ? el("p", { class: "text" }, "Message deleted") : el("p", { class: "text", dir: "auto" }, ...textView(message.text, message.spans, actions.me())),
    message.edited_at && !message.is_deleted ? el("span", { class: "note", title: fullTimeWords(message.edited_at) }, "edited") : "",
    reactionsView(row, actions),
  );
  const words = `${author.name}, ${clockWords(message.at)}`;
  const side = isContinued ? el("time", { class: "side", datetime: new Date(message.at * 1000).toISOString() }, clockWords(message.at).replace(/\s?[AP]M$/i, "")) : signOf(author);
  return el("article", { class: classes.filter(Boolean).join(" "), tabindex: "-1", "data-seq": String(message.seq), "aria-label": words }, side, body);
}

/** @param {Message} message @param {RowActions} actions */
function timeView({ at, media_time_s: place }, actions) {
  const time = el("time", { datetime: new Date(at * 1000).toISOString(), title: fullTimeWords(at) }, clockWords(at));
  if (place === null || !actions.canSeek()) return time;
  const button = el("button", { type: "button", class: "place", "aria-label": `Play from ${placeWords(place)}`, onclick: () => actions.onSeek(place) }, placeWords(place));
  return el("span", { class: "times" }, button, time);
}

/** @param {import("./wire.js").Quote} quote @param {RowActions} actions */
function quoteView(quote, actions) {
  const label = `Answers ${quote.name}: show that message`;
  return el("button", { type: "button", class: "quote", "aria-label": label, onclick: () => actions.onJump(quote.seq) }, el("bdi", { class: "name" }, quote.name), el("span", { dir: "auto" }, quote.text || "Message deleted"));
}

/** @param {MessageRow} row @param {RowActions} actions */
function reactionsView({ message, mine }, actions) {
  if (message.reactions.length === 0) return null;
  const own = new Set(mine.split(" "));
  const chips = message.reactions.map(({ emoji, count }) =>
    el("button", { type: "button", class: "reaction", "aria-pressed": String(own.has(emoji)), "aria-label": `${emoji} ${count}`, onclick: () => actions.onReact(message.seq, emoji) }, el("span", {}, emoji), String(count)),
  );
  return el("div", { class: "reactions" }, ...chips);
}

/** @param {UnsentRow} row @param {RowActions} actions */
function unsentView({ unsent, isContinued, isOffline }, actions) {
  const isFailed = unsent.state === "failed";
  const button = (/** @type {string} */ words, /** @type {() => void} */ run) => el("button", { type: "button", class: "link", onclick: run }, words);
  const note = isFailed
    ? el("div", { class: "note bad" }, unsent.words, " ", button("Send again", () => actions.onAgain(unsent.id)), " ", button("Remove", () => actions.onGiveUp(unsent.id)))
    : el("span", { class: "note" }, isOffline ? "Waits for the connection" : "Sending …");
  const side = el("span", { class: "side" }, isFailed ? icon("no-signal") : "");
  return el("div", { class: `message mine unsent${isContinued ? " continued" : ""}`, "data-state": unsent.state }, side, el("div", { class: "body" }, el("p", { class: "text", dir: "auto" }, unsent.text), note));
}
