// The shadow DOM of the chat: header, pinned message, list, what stands in the way, and the line to write in.

import { el, say } from "../static/dom.js";
import { icon } from "../static/icons.js";
import { Composer } from "./composer.js";
import { EmojiPicker } from "./emoji-picker.js";
import { MessageList } from "./message-list.js";
import { MessageTools } from "./message-tools.js";
import { textView } from "./message-view.js";
import { RoomPanel } from "./room-panel.js";
import { MESSAGE_STYLE } from "./room-style-messages.js";
import { ROOM_STYLE } from "./room-style.js";
import { newWords, typingWords } from "./room-words.js";

/**
 * @import {Chat} from "./chat.js"
 * @import {ComposerHooks} from "./composer.js"
 * @import {ListHooks} from "./message-list.js"
 * @import {RowActions} from "./message-view.js"
 * @import {ToolActions} from "./message-tools.js"
 * @import {Row} from "./rows.js"
 * @import {Status} from "./room-status.js"
 *
 * @typedef {object} ViewActions
 * @property {() => void} close
 * @property {() => void} people
 * @property {() => void} search
 * @property {() => void} queue
 * @property {(button: HTMLElement) => void} more
 * @property {() => void} newest
 * @property {() => void} unpin
 * @property {() => void} rename
 * @property {() => void} signIn
 * @property {(isReplay: boolean) => void} replay
 *
 * @typedef {object} Shown
 * @property {Row[]} rows
 * @property {Status} status
 * @property {boolean} isFollowing
 * @property {boolean} canReplay
 * @property {boolean} isReplay
 * @property {boolean} isReadonly
 * @property {boolean} isClosable
 * @property {number} waitS
 */

const TOAST_MS = 5000;
/** Screen readers hear of new messages, but not of each in a busy room. */
const ANNOUNCE_EVERY_MS = 3000;

export class RoomView {
  #chat;
  #title = el("h2", { class: "title" });
  #people;
  #queue;
  #close;
  #replay;
  #pinned = el("div", { class: "pinned", hidden: true });
  #empty = el("div", { class: "empty" });
  #toNewest = el("button", { type: "button", class: "newest", hidden: true });
  #typing = el("p", { class: "typing", "aria-live": "off" });
  #status = el("div", { class: "status", role: "status" });
  #as = el("p", { class: "as", hidden: true });
  #toast = el("div", { class: "toast", role: "status" });
  #announced = el("div", { class: "hush", role: "status" });
  #toastTimer = 0;
  #announcedAt = 0;
  #pinnedShown = "";
  #actions;
  panel = new RoomPanel();
  picker = new EmojiPicker();
  list;
  composer;
  tools;

  /**
   * @param {HTMLElement} host
   * @param {Chat} chat
   * @param {{view: ViewActions, list: Omit<ListHooks, "onActive">, row: RowActions, tools: ToolActions, composer: ComposerHooks}} actions
   */
  constructor(host, chat, actions) {
    this.#chat = chat;
    this.#actions = actions.view;
    this.tools = new MessageTools(() => chat, actions.tools);
    this.list = new MessageList(actions.row, { ...actions.list, onActive: (message) => this.tools.moveTo(message) });
    this.composer = new Composer(actions.composer);
    this.#people = this.#tool("People here", "people", () => actions.view.people());
    this.#queue = this.#tool("Waiting for moderators", "shield", () => actions.view.queue());
    this.#close = this.#tool("Close the chat", "close", () => actions.view.close());
    this.#replay = el("div", { class: "ways", role: "group", "aria-label": "Which messages", hidden: true }, this.#way("Live", false), this.#way("With the video", true));
    this.#toNewest.addEventListener("click", () => actions.view.newest());
    const root = host.attachShadow({ mode: "open", delegatesFocus: false });
    const style = new CSSStyleSheet();
    style.replaceSync(ROOM_STYLE + MESSAGE_STYLE);
    root.adoptedStyleSheets = [style];
    root.append(this.#skeleton());
  }

  #skeleton() {
    const more = this.#tool("More", "more", (button) => this.#actions.more(button));
    more.setAttribute("aria-haspopup", "menu");
    const head = el("header", { class: "room-head", part: "head" }, this.#title, this.#queue, this.#people, this.#tool("Search", "search", () => this.#actions.search()), more, this.#close);
    const middle = el("div", { class: "middle" }, this.list.element, this.#empty, this.#toNewest, this.panel.element);
    const foot = el("div", { class: "foot", part: "foot" }, this.#typing, this.#status, this.composer.element, this.#as);
    return el("section", { class: "room", "aria-label": "Chat" }, head, this.#replay, this.#pinned, middle, foot, this.tools.menu, this.picker.element, this.#toast, this.#announced);
  }

  /** @param {string} label @param {string} sign @param {(button: HTMLElement) => void} run */
  #tool(label, sign, run) {
    return el("button", { type: "button", class: "tool", "aria-label": label, title: label, onclick: (event) => run(/** @type {HTMLElement} */ (event.currentTarget)) }, icon(sign), el("span", { class: "badge" }));
  }

  /** @param {string} words @param {boolean} isReplay */
  #way(words, isReplay) {
    return el("button", { type: "button", onclick: () => this.#actions.replay(isReplay) }, words);
  }

  /** @param {Shown} shown */
  show(shown) {
    const { room, presence, queue, log, limits, mayModerate } = this.#chat;
    say(this.#title, room?.title || "Chat");
    this.#badge(this.#people, room ? String(presence.count) : "", `People here: ${presence.count}`);
    const waiting = queue.held + queue.reports;
    this.#queue.hidden = !mayModerate;
    this.#badge(this.#queue, waiting ? String(waiting) : "", `Waiting for moderators: ${queue.held} held, ${queue.reports} reported`);
    this.#close.hidden = !shown.isClosable;
    this.#showReplay(shown);
    this.#showPinned();
    this.list.show(shown.rows, shown.isFollowing);
    const count = log.unseen;
    this.#toNewest.hidden = shown.isReplay || shown.isFollowing || shown.rows.length === 0;
    this.#toNewest.classList.toggle("is-new", count > 0);
    say(this.#toNewest, newWords(count));
    say(this.#typing, typingWords(presence.typing.filter((name) => name !== this.#chat.you?.name)));
    this.#showEmpty(shown);
    this.#showStatus(shown);
    this.composer.longest = Number(limits.text_characters ?? 0);
  }

  /** @param {HTMLElement} button @param {string} words @param {string} label */
  #badge(button, words, label) {
    const badge = button.querySelector(".badge");
    if (badge) say(badge, words);
    if (button.title === label) return;
    button.title = label;
    button.setAttribute("aria-label", label);
  }

  /** @param {Shown} shown */
  #showReplay({ canReplay, isReplay }) {
    this.#replay.hidden = !canReplay;
    [...this.#replay.children].forEach((way, at) => way.setAttribute("aria-pressed", String(isReplay === (at === 1))));
  }

  #showPinned() {
    const { pinned } = this.#chat.log;
    const { mayModerate } = this.#chat;
    const key = pinned ? JSON.stringify([pinned, mayModerate]) : "";
    if (key === this.#pinnedShown) return;
    this.#pinnedShown = key;
    this.#pinned.hidden = !pinned;
    if (!pinned) return this.#pinned.replaceChildren();
    const unpin = mayModerate && el("button", { type: "button", class: "tool small", "aria-label": "Unpin", title: "Unpin", onclick: () => this.#actions.unpin() }, icon("close"));
    const text = el("p", { class: "text", dir: "auto" }, el("bdi", { class: "name" }, pinned.author.name), ": ", ...textView(pinned.text, pinned.spans));
    this.#pinned.replaceChildren(icon("pin"), text, unpin || "");
  }

  /** @param {Shown} shown */
  #showEmpty({ rows, status, isReplay }) {
    const isEmpty = !rows.some((row) => row.kind === "message" || row.kind === "unsent");
    this.#empty.hidden = !isEmpty;
    if (!isEmpty) return;
    const key = status.kind === "connecting" || !this.#chat.you ? status.kind || "connecting" : ["gone", "banned"].includes(status.kind) ? "gone" : isReplay ? "replay" : status.mayWrite ? "first" : "none";
    if (this.#empty.dataset.shown === key) return;
    this.#empty.dataset.shown = key;
    /** @type {Record<string, [string, string]>} */
    const words = { first: ["Nothing said yet", "Say hello: everybody who watches can read it."], none: ["Nothing said yet", ""], replay: ["Nothing said up to here", "Messages appear as the video passes them."] };
    const [head, text] = words[key] ?? ["", ""];
    this.#empty.replaceChildren(...(key === "connecting" ? [el("div", { class: "spin" })] : head ? [icon("talk"), el("strong", {}, head), el("span", {}, text)] : []));
  }

  /** @param {Shown} shown */
  #showStatus({ status, isReadonly, waitS }) {
    const { you, log, mayModerate } = this.#chat;
    const words = status.kind === "connecting" ? "" : status.words;
    this.#status.hidden = words === "";
    this.#status.dataset.kind = status.kind;
    if (this.#status.dataset.words !== words) {
      this.#status.dataset.words = words;
      this.#status.replaceChildren(el("span", {}, words), status.maySignIn ? el("button", { type: "button", class: "link", onclick: () => this.#actions.signIn() }, "Sign in") : "");
    }
    const mayWrite = status.mayWrite && you !== null && !isReadonly;
    this.composer.element.hidden = !mayWrite;
    this.composer.wait(this.composer.refused, waitS);
    const isGuest = mayWrite && you.id.startsWith("g:");
    const slow = mayWrite && !mayModerate && log.settings.slow_s > 0 ? `Slow mode: one message every ${log.settings.slow_s} s` : "";
    this.#as.hidden = !isGuest && !slow;
    const key = JSON.stringify([isGuest && you.name, slow]);
    if (this.#as.dataset.shown === key) return;
    this.#as.dataset.shown = key;
    const as = isGuest ? el("span", {}, "As ", el("bdi", { class: "name" }, you.name), " ", el("button", { type: "button", class: "link", onclick: () => this.#actions.rename() }, "Change")) : "";
    this.#as.replaceChildren(as, slow ? el("span", {}, slow) : "");
  }

  /** @param {string} words */
  toast(words) {
    say(this.#toast, words);
    clearTimeout(this.#toastTimer);
    this.#toastTimer = setTimeout(() => say(this.#toast, ""), TOAST_MS);
  }

  /** @param {string} words */
  announce(words) {
    if (performance.now() - this.#announcedAt < ANNOUNCE_EVERY_MS) return;
    this.#announcedAt = performance.now();
    say(this.#announced, words);
  }
}
