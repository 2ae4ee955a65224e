// What moderators do, in panels of the chat: time-outs and bans, the queue of held messages and reports, who is restricted, slow mode.

import { el } from "../static/dom.js";
import { nameView, textView } from "./message-view.js";
import { field, select } from "./room-panel.js";
import { clockWords, dayWords, sentenceOf, waitWords } from "./room-words.js";

/**
 * @import {Chat} from "./chat.js"
 * @import {RoomPanel} from "./room-panel.js"
 * @import {Message, Person} from "./wire.js"
 */

const TIMEOUTS = [["60", "1 minute"], ["300", "5 minutes"], ["900", "15 minutes"], ["3600", "1 hour"], ["86400", "1 day"], ["604800", "1 week"]];
const BANS = [["", "For good"], ["86400", "1 day"], ["604800", "1 week"], ["2592000", "30 days"]];
const SCOPES = [["account", "This person"], ["session", "This browser"], ["address", "This network address"]];
/** @type {Record<string, string>} */
const SCOPE_WORDS = { session: "one browser", address: "network address" };
const SLOW = [["0", "Off"], ["3", "3 s"], ["5", "5 s"], ["10", "10 s"], ["30", "30 s"], ["60", "1 minute"], ["300", "5 minutes"]];
/** @type {Record<string, string>} */
const HELD = { word: "a word of the list", link: "a link", new: "a new account" };
const GUESTS = [["off", "Not at all"], ["read", "May read"], ["write", "May write"]];
const LINKS = [["allowed", "From everybody"], ["members", "From members"], ["held", "Held until a moderator agrees"], ["refused", "From nobody"]];

export class Moderation {
  #chat;
  #panel;

  /** @param {Chat} chat @param {RoomPanel} panel */
  constructor(chat, panel) {
    this.#chat = chat;
    this.#panel = panel;
  }

  /** @param {string} action @param {Record<string, unknown>} [fields] */
  act(action, fields = {}) {
    return this.#chat.act({ type: "moderate", action, ...fields });
  }

  /** @param {Person} person @param {"timeout" | "ban"} action */
  restrict(person, action) {
    const isBan = action === "ban";
    const long = select(/** @type {[string, string][]} */ (isBan ? BANS : TIMEOUTS), isBan ? "" : "300");
    const scope = select(/** @type {[string, string][]} */ (SCOPES));
    const reason = /** @type {HTMLInputElement} */ (el("input", { maxlength: "200", autocomplete: "off" }));
    const words = isBan ? "It ends what this person has open here, at once." : "This person can read, and cannot write until then.";
    const parts = [el("p", { class: "quiet" }, words), field("For", long), isBan ? field("Whom", scope) : null, field("Reason", reason, "The person sees it. It stands in the audit log.")];
    const run = () => this.act(action, { target: person.id, seconds: long.value ? Number(long.value) : null, reason: reason.value.trim(), scope: scope.value });
    this.#panel.ask(action, `${isBan ? "Ban" : "Time out"} ${person.name}`, parts, { words: isBan ? "Ban" : "Time out", isGrave: isBan, run });
  }

  /** @param {Person} person */
  clear(person) {
    this.#panel.ask("clear", `Delete all messages of ${person.name}`, [el("p", { class: "quiet" }, "Nobody sees them any more, and nothing brings them back.")], { words: "Delete all", isGrave: true, run: () => this.act("clear", { target: person.id }) });
  }

  /** @param {Message} message */
  report(message) {
    const words = /** @type {HTMLTextAreaElement} */ (el("textarea", { rows: "3", maxlength: "500" }));
    const quote = el("blockquote", { class: "held" }, nameView(message.author), el("p", { class: "text", dir: "auto" }, ...textView(message.text, message.spans)));
    this.#panel.ask("report", "Report a message", [quote, field("What is wrong with it?", words, "The moderators of this room see it.")], { words: "Report", run: () => this.#chat.act({ type: "report", seq: message.seq, text: words.value.trim() }), then: () => this.#chat.hooks.onNotice("The moderators see your report.") });
  }

  // --- what waits

  /** Held messages and reports: the same for all moderators. */
  async openQueue() {
    const list = el("div", { class: "queue", "aria-busy": "true" }, el("p", { class: "quiet" }, "Loading …"));
    const stop = this.#chat.connection.on("moderation", () => void this.#fillQueue(list));
    this.#panel.open("queue", "Waiting for moderators", [list], stop);
    await this.#fillQueue(list);
  }

  /** @param {HTMLElement} list */
  async #fillQueue(list) {
    await this.#panel.attempt(async () => {
      const { held, reports } = await this.#chat.api.get("/queue", {});
      list.setAttribute("aria-busy", "false");
      const cards = [...held.map((/** @type {any} */ one) => this.#heldCard(one, list)), ...reports.map((/** @type {any} */ one) => this.#reportCard(one, list))];
      list.replaceChildren(...(cards.length ? cards : [el("p", { class: "quiet empty-words" }, "Nothing waits. Held messages and reports of members appear here.")]));
    });
  }

  /** @param {any} held @param {HTMLElement} list */
  #heldCard(held, list) {
    const { author, text } = held;
    return el(
      "article",
      { class: "card" },
      el("div", { class: "card-head" }, nameView(author), el("span", { class: "quiet" }, `Held for ${HELD[held.reason] ?? held.reason}`)),
      el("p", { class: "text", dir: "auto" }, text),
      this.#buttons(list, [["Publish", () => this.act("release", { target: held.id })], ["Refuse", () => this.act("refuse", { target: held.id })]], author),
    );
  }

  /** @param {any} report @param {HTMLElement} list */
  #reportCard(report, list) {
    const { message, by } = report;
    const { author, seq } = message;
    return el(
      "article",
      { class: "card" },
      el("div", { class: "card-head" }, nameView(author), el("span", { class: "quiet" }, `Reported by ${by}`)),
      el("p", { class: "text", dir: "auto" }, message.is_deleted ? "Message deleted" : message.text),
      report.text ? el("p", { class: "quiet", dir: "auto" }, `“${report.text}”`) : "",
      this.#buttons(list, [["Delete message", async () => (await this.act("delete", { target: seq }), this.act("resolve", { target: report.id }))], ["Nothing wrong", () => this.act("resolve", { target: report.id })]], author),
    );
  }

  /**
   * @param {HTMLElement} list
   * @param {[string, () => Promise<unknown>][]} actions
   * @param {Person} [author]
   */
  #buttons(list, actions, author) {
    const buttons = actions.map(([words, run]) =>
      el("button", { type: "button", class: "button", onclick: async (event) => {
        const done = await this.#panel.attempt(run, /** @type {HTMLButtonElement} */ (event.currentTarget));
        if (done && this.#panel.name === "queue") await this.#fillQueue(list);
      } }, words),
    );
    const more = author ? el("button", { type: "button", class: "button", onclick: () => this.restrict(author, "timeout") }, "Time out") : "";
    return el("div", { class: "card-actions" }, ...buttons, more);
  }

  // --- who is restricted

  async openRestrictions() {
    const list = el("div", { class: "queue" }, el("p", { class: "quiet" }, "Loading …"));
    this.#panel.open("restrictions", "Time-outs and bans", [list]);
    await this.#fillRestrictions(list);
  }

  /** @param {HTMLElement} list */
  async #fillRestrictions(list) {
    await this.#panel.attempt(async () => {
      const { restrictions } = await this.#chat.api.get("/restrictions", {});
      const cards = restrictions.map((/** @type {any} */ one) => this.#restrictionCard(one, list));
      list.replaceChildren(...(cards.length ? cards : [el("p", { class: "quiet empty-words" }, "Nobody is timed out or banned.")]));
    });
  }

  /** @param {any} one @param {HTMLElement} list */
  #restrictionCard(one, list) {
    const until = one.until ? `for ${waitWords(one.until - this.#chat.hooks.now())} more` : "for good";
    const lift = el("button", { type: "button", class: "button", onclick: async (event) => {
      const run = () => this.act("lift", { target: one.id });
      if (await this.#panel.attempt(run, /** @type {HTMLButtonElement} */ (event.currentTarget))) await this.#fillRestrictions(list);
    } }, "Lift");
    const facts = [`by ${one.by}`, `${dayWords(one.created_at)}, ${clockWords(one.created_at)}`, SCOPE_WORDS[one.scope] ?? "", one.network].filter(Boolean).join(" · ");
    return el("article", { class: "card" }, el("div", { class: "card-head" }, el("bdi", { class: "name" }, one.name || one.author), el("span", { class: "quiet" }, `${one.kind === "ban" ? "Banned" : "Timed out"} ${until}`)), one.reason ? el("p", { class: "text", dir: "auto" }, one.reason) : "", el("p", { class: "quiet" }, facts), el("div", { class: "card-actions" }, lift));
  }

  // --- settings

  openSettings() {
    const now = this.#chat.log.settings;
    const slow = select(withValue(/** @type {[string, string][]} */ (SLOW), String(now.slow_s ?? 0)), String(now.slow_s ?? 0));
    const links = select(/** @type {[string, string][]} */ (LINKS), now.links ?? "allowed");
    const open = select([["true", "Everybody who may"], ["false", "Only moderators"]], String(now.is_open ?? true));
    const isOwner = this.#chat.you?.role === "owner";
    const guests = select(/** @type {[string, string][]} */ (GUESTS), now.guests ?? "off");
    const words = /** @type {HTMLTextAreaElement} */ (el("textarea", { rows: "4", spellcheck: "false" }));
    words.value = (now.words ?? []).join("\n");
    const action = select([["held", "Held until a moderator agrees"], ["refused", "Refused"]], now.words_action ?? "held");
    const patch = () => ({
      slow_s: Number(slow.value),
      links: links.value,
      is_open: open.value === "true",
      words: words.value.split("\n").map((word) => word.trim()).filter(Boolean),
      words_action: action.value,
      ...(isOwner ? { guests: guests.value } : {}),
    });
    const parts = [
      field("Slow mode: time between two messages of a person", slow),
      field("Who may write", open),
      isOwner ? field("People without an account", guests) : null,
      field("Links", links),
      field("Words, one a line", words, "Whole texts that appear in a message, whatever their case."),
      field("A message with such a word is", action),
    ];
    this.#panel.ask("settings", "Rules of this room", parts, { words: "Save", run: () => this.act("settings", { settings: patch() }) });
  }
}

/** The choices with a value of somebody's own. @param {[string, string][]} choices @param {string} value @returns {[string, string][]} */
function withValue(choices, value) {
  return choices.some(([one]) => one === value) ? choices : [...choices, [value, sentenceOf(waitWords(Number(value))).replace(/\.$/, "")]];
}
