// Panels for everybody: who is here, the name of a guest, and search.

import { el, say } from "../static/dom.js";
import { nameView, signOf, textView } from "./message-view.js";
import { field } from "./room-panel.js";
import { clockWords, dayWords } from "./room-words.js";

/**
 * @import {Chat} from "./chat.js"
 * @import {RoomPanel} from "./room-panel.js"
 * @import {Message, Person} from "./wire.js"
 *
 * @typedef {object} PeopleActions
 * @property {(seq: number) => void} onJump
 * @property {(name: string) => Promise<unknown>} onRename
 */

const FOUND_PAGE = 30;
const LONGEST_NAME = 40;

export class PeoplePanel {
  #chat;
  #panel;
  #actions;

  /** @param {Chat} chat @param {RoomPanel} panel @param {PeopleActions} actions */
  constructor(chat, panel, actions) {
    this.#chat = chat;
    this.#panel = panel;
    this.#actions = actions;
  }

  openPeople() {
    const list = el("div", { class: "people" });
    const stop = this.#chat.connection.on("presence", () => this.#fillPeople(list));
    this.#panel.open("people", "People here", [list], stop);
    this.#fillPeople(list);
  }

  /** @param {HTMLElement} list */
  #fillPeople(list) {
    const { count, members } = this.#chat.presence;
    if (members === null) return list.replaceChildren(el("p", { class: "quiet" }, `${count} people are here: too many for a list.`));
    const order = { owner: 0, moderator: 1, member: 2, guest: 3 };
    const sorted = [...members].sort((one, other) => order[one.role] - order[other.role] || one.name.localeCompare(other.name));
    list.replaceChildren(...sorted.map((person) => this.#personRow(person)));
  }

  /** @param {Person} person */
  #personRow(person) {
    const isMe = person.id === this.#chat.you?.id;
    const isIgnored = this.#chat.ignored.has(person.id);
    const act = async (/** @type {Event} */ event) => {
      const button = /** @type {HTMLButtonElement} */ (event.currentTarget);
      if (await this.#panel.attempt(() => this.#chat.ignore(person.id, !isIgnored), button)) button.replaceWith(this.#personRow(person).lastElementChild ?? "");
    };
    const action = isMe ? el("span", { class: "quiet" }, "You") : el("button", { type: "button", class: "link", onclick: act, "aria-label": `${isIgnored ? "No longer ignore" : "Ignore"} ${person.name}` }, isIgnored ? "Ignored" : "Ignore");
    return el("div", { class: "person" }, signOf(person), nameView(person), action);
  }

  /** Ask for the name of a guest. @param {string} [words] */
  openName(words = "Others see it beside what you write.") {
    const name = /** @type {HTMLInputElement} */ (el("input", { maxlength: String(LONGEST_NAME), autocomplete: "nickname", required: true }));
    name.value = this.#chat.you?.name ?? "";
    this.#panel.ask("name", "Your name here", [field("Name", name, words)], { words: "Use this name", run: () => this.#actions.onRename(name.value.trim()) });
    name.select();
  }

  openSearch() {
    const query = /** @type {HTMLInputElement} */ (el("input", { type: "search", "aria-label": "Search in this room", placeholder: "Words in messages", autocomplete: "off" }));
    const found = el("div", { class: "found" });
    const count = el("p", { class: "quiet", role: "status" });
    const form = el("form", { class: "search" }, query);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (query.value.trim()) void this.#search(query.value.trim(), found, count);
    });
    this.#panel.open("search", "Search", [form, count, found]);
  }

  /** @param {string} q @param {HTMLElement} found @param {HTMLElement} count @param {number} [before] */
  async #search(q, found, count, before) {
    await this.#panel.attempt(async () => {
      const { messages } = await this.#chat.api.messages({ q, before, most: FOUND_PAGE });
      const rows = messages.reverse().map((message) => this.#foundRow(message));
      found.querySelector(".more")?.remove();
      if (before) found.append(...rows);
      else found.replaceChildren(...rows);
      say(count, found.children.length ? "" : `No message here has “${q}”.`);
      if (messages.length < FOUND_PAGE) return;
      const last = messages[messages.length - 1].seq;
      found.append(el("button", { type: "button", class: "button more", onclick: () => this.#search(q, found, count, last) }, "Older ones"));
    });
  }

  /** @param {Message} message */
  #foundRow(message) {
    const { author, at, seq } = message;
    const jump = () => {
      this.#panel.close();
      this.#actions.onJump(seq);
    };
    return el("button", { type: "button", class: "hit", onclick: jump }, el("span", { class: "hit-head" }, el("bdi", { class: "name" }, author.name), el("span", { class: "quiet" }, `${dayWords(at)}, ${clockWords(at)}`)), el("span", { class: "text", dir: "auto" }, ...textView(message.text, []) ));
  }
}
