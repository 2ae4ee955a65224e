// The line to write in: Enter sends, Shift+Enter begins a new line. It says what is answered or edited, how long to wait, and completes names.

import { el, say } from "../static/dom.js";
import { icon } from "../static/icons.js";
import { completions, mentionAt, withMention } from "./mention.js";
import { waitWords } from "./room-words.js";

/**
 * @import {Message} from "./wire.js"
 *
 * @typedef {object} ComposerHooks
 * @property {(text: string, replyTo: Message | null) => string} onSend why it is not taken, "" if it is
 * @property {(text: string, seq: number) => void} onEdit
 * @property {() => void} onTyping
 * @property {() => void} onEditLast
 * @property {(button: HTMLElement) => void} onEmoji
 * @property {() => Iterable<string>} names
 * @property {(text: string) => void} onDraft
 */

const MOST_ROWS = 7;
/** Below this share of the limit nothing is counted. */
const COUNT_FROM = 0.85;
export const LONGEST_TEXT = 2000;

export class Composer {
  #field = /** @type {HTMLTextAreaElement} */ (el("textarea", { rows: "1", placeholder: "Message", "aria-label": "Message", "aria-autocomplete": "list", enterkeyhint: "send", autocomplete: "off" }));
  #send = /** @type {HTMLButtonElement} */ (el("button", { type: "button", class: "tool send", "aria-label": "Send", title: "Send", onclick: () => this.#submit() }, icon("send")));
  #about = el("div", { class: "about", hidden: true });
  #aboutWords = el("span", {});
  #count = el("span", { class: "count", "aria-hidden": "true" });
  #hint = el("p", { class: "hint", role: "status" });
  #list = el("ul", { class: "names", role: "listbox", id: "names", "aria-label": "People", hidden: true });
  /** @type {Message | null} */
  #replyTo = null;
  /** @type {Message | null} */
  #editing = null;
  #longest = LONGEST_TEXT;
  #waitS = 0;
  #refused = "";
  #place = 0;
  element;

  /** @param {ComposerHooks} hooks */
  constructor(hooks) {
    this.hooks = hooks;
    this.#about.append(this.#aboutWords, el("button", { type: "button", class: "tool small", "aria-label": "Cancel", onclick: () => this.#cancel() }, icon("close")));
    const emoji = el("button", { type: "button", class: "tool", "aria-label": "Emoji", title: "Emoji", "aria-haspopup": "dialog", onclick: (event) => hooks.onEmoji(/** @type {HTMLElement} */ (event.currentTarget)) }, icon("smile"));
    this.element = el("div", { class: "composer" }, this.#list, this.#about, el("div", { class: "write" }, this.#field, this.#count, emoji, this.#send), this.#hint);
    this.#field.addEventListener("input", () => this.#onInput());
    this.#field.addEventListener("keydown", (event) => this.#onKey(event));
    this.#field.addEventListener("blur", () => this.#closeNames());
    this.#show();
  }

  get text() {
    return this.#field.value;
  }

  get isEmpty() {
    return this.#field.value.trim() === "" && !this.#editing;
  }

  /** Put a text here: a draft, or what was refused. @param {string} text @param {Message | null} [replyTo] */
  put(text, replyTo = null) {
    this.#field.value = text;
    this.#replyTo = replyTo;
    this.hooks.onDraft(text);
    this.#show();
  }

  /** @param {string} emoji */
  insert(emoji) {
    const { selectionStart: from, selectionEnd: to } = this.#field;
    this.#field.setRangeText(emoji, from, to, "end");
    this.#onInput();
    this.#field.focus();
  }

  /** @param {Message} message */
  reply(message) {
    this.#editing = null;
    this.#replyTo = message;
    this.#show();
    this.#field.focus();
  }

  /** @param {Message} message */
  edit(message) {
    this.#editing = message;
    this.#replyTo = null;
    this.#field.value = message.text;
    this.#show();
    this.#field.focus();
  }

  /** @param {number} longest */
  set longest(longest) {
    this.#longest = longest || LONGEST_TEXT;
  }

  /** Why the last message came back, "" if it did not. */
  get refused() {
    return this.#refused;
  }

  /** Why the last message came back, and until when nothing can be sent. @param {string} words @param {number} waitS */
  wait(words, waitS) {
    if (words === this.#refused && Math.ceil(waitS) === Math.ceil(this.#waitS)) return;
    this.#refused = words;
    this.#waitS = waitS;
    this.#show();
  }

  focus() {
    this.#field.focus();
  }

  #onInput() {
    this.#refused = "";
    this.#show();
    this.#complete();
    this.hooks.onDraft(this.#editing ? "" : this.#field.value);
    if (this.#field.value.trim()) this.hooks.onTyping();
  }

  #show() {
    const { value } = this.#field;
    const length = [...value].length;
    const about = this.#editing ?? this.#replyTo;
    this.#field.rows = Math.min(MOST_ROWS, value.split("\n").length);
    this.#about.hidden = about === null;
    if (about) this.#aboutWords.replaceChildren(this.#editing ? "Edit your message" : el("span", {}, "Answer ", el("bdi", { class: "name" }, about.author.name), ": ", about.text.slice(0, 100)));
    say(this.#count, length > this.#longest * COUNT_FROM ? String(this.#longest - length) : "");
    this.#count.classList.toggle("bad", length > this.#longest);
    this.#send.disabled = value.trim() === "" || length > this.#longest || (this.#waitS > 0 && !this.#editing);
    say(this.#hint, this.#words(length));
  }

  /** @param {number} length */
  #words(length) {
    if (length > this.#longest) return `At most ${this.#longest} characters: ${length - this.#longest} too many.`;
    const wait = this.#waitS > 0 ? `You can write again in ${waitWords(this.#waitS)}.` : "";
    return [this.#refused, wait].filter(Boolean).join(" ");
  }

  #submit() {
    if (this.#send.disabled) return;
    const text = this.#field.value.trim();
    if (this.#editing) this.hooks.onEdit(text, this.#editing.seq);
    else {
      const refused = this.hooks.onSend(text, this.#replyTo);
      if (refused) return this.wait(refused, this.#waitS);
    }
    this.#refused = "";
    this.#cancel(true);
    this.#field.focus();
  }

  #cancel(isSent = false) {
    if (isSent || this.#editing) this.#field.value = "";
    this.#editing = this.#replyTo = null;
    this.hooks.onDraft(this.#field.value);
    this.#closeNames();
    this.#show();
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.isComposing) return;
    const { key } = event;
    if (!this.#list.hidden && this.#onNameKey(key)) return event.preventDefault();
    if (key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.#submit();
    } else if (key === "Escape" && (this.#editing || this.#replyTo)) {
      event.preventDefault();
      event.stopPropagation();
      this.#cancel();
    } else if (key === "ArrowUp" && this.#field.value === "") {
      event.preventDefault();
      this.hooks.onEditLast();
    }
    // Pages have keys of their own for the player.
    event.stopPropagation();
  }

  // --- names

  #complete() {
    const found = mentionAt(this.#field.value, this.#field.selectionStart);
    const names = found ? completions(found.query, this.hooks.names()) : [];
    if (!found || names.length === 0) return this.#closeNames();
    this.#place = 0;
    this.#list.hidden = false;
    this.#field.setAttribute("aria-controls", "names");
    this.#list.replaceChildren(...names.map((name, at) => el("li", { role: "option", id: `name-${at}`, onpointerdown: (event) => (event.preventDefault(), this.#take(name)) }, el("bdi", {}, name))));
    this.#mark();
  }

  #mark() {
    [...this.#list.children].forEach((option, at) => option.setAttribute("aria-selected", String(at === this.#place)));
    this.#field.setAttribute("aria-activedescendant", `name-${this.#place}`);
  }

  /** @param {string} key @returns {boolean} */
  #onNameKey(key) {
    const count = this.#list.children.length;
    if (key === "ArrowDown" || key === "ArrowUp") {
      this.#place = (this.#place + (key === "ArrowDown" ? 1 : count - 1)) % count;
      this.#mark();
    } else if (key === "Enter" || key === "Tab") this.#take(this.#list.children[this.#place].textContent ?? "");
    else if (key === "Escape") this.#closeNames();
    else return false;
    return true;
  }

  /** @param {string} name */
  #take(name) {
    const found = mentionAt(this.#field.value, this.#field.selectionStart);
    if (!found) return;
    const { text, caret } = withMention(this.#field.value, this.#field.selectionStart, found.start, name);
    this.#field.value = text;
    this.#field.setSelectionRange(caret, caret);
    this.#closeNames();
    this.#onInput();
  }

  #closeNames() {
    this.#list.hidden = true;
    this.#list.replaceChildren();
    this.#field.removeAttribute("aria-activedescendant");
    this.#field.removeAttribute("aria-controls");
  }
}
