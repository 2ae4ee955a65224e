// What can be done with one message: a small bar at the message under the pointer or with the focus, and its menu.

import { el } from "../static/dom.js";
import { icon } from "../static/icons.js";
import { Menu } from "../static/menu.js";
import { QUICK } from "./emoji-picker.js";

/**
 * @import {Chat} from "./chat.js"
 * @import {Message} from "./wire.js"
 * @import {Item} from "../static/menu.js"
 *
 * @typedef {object} ToolActions
 * @property {(seq: number) => Message | undefined} find
 * @property {(seq: number, emoji: string) => void} react
 * @property {(button: HTMLElement, onPick: (emoji: string) => void) => void} pick
 * @property {(message: Message) => void} reply
 * @property {(message: Message) => void} edit
 * @property {(message: Message) => void} remove
 * @property {(message: Message) => void} copy
 * @property {(message: Message) => void} report
 * @property {(message: Message, isOn: boolean) => void} ignore
 * @property {(message: Message, action: "timeout" | "ban" | "clear" | "pin" | "unpin") => void} moderate
 */

export class MessageTools {
  #menu = new Menu();
  /** @type {HTMLElement | null} */
  #message = null;
  #chat;
  #actions;
  element;

  /** @param {() => Chat} chat @param {ToolActions} actions */
  constructor(chat, actions) {
    this.#chat = chat;
    this.#actions = actions;
    const tool = (/** @type {string} */ label, /** @type {Node | string} */ sign, /** @type {(button: HTMLElement) => void} */ run, name = "") =>
      el("button", { type: "button", class: `tool small ${name}`, "aria-label": label, title: label, onclick: (event) => run(/** @type {HTMLElement} */ (event.currentTarget)) }, sign);
    const quick = QUICK.map((emoji) => tool(`React with ${emoji}`, emoji, () => this.#with((message) => actions.react(message.seq, emoji)), "quick"));
    const more = tool("More", icon("more"), (button) => this.#openMenu(button));
    more.setAttribute("aria-haspopup", "menu");
    this.element = el(
      "div",
      { class: "toolbar", role: "toolbar", "aria-label": "This message" },
      ...quick,
      tool("React", icon("smile"), (button) => this.#with(({ seq }) => actions.pick(button, (emoji) => actions.react(seq, emoji)))),
      tool("Reply", icon("reply"), () => this.#with(actions.reply)),
      more,
    );
  }

  get menu() {
    return this.#menu.element;
  }

  /** Move to a message. @param {HTMLElement} message */
  moveTo(message) {
    const root = /** @type {ShadowRoot | Document} */ (this.element.getRootNode());
    const hasFocus = this.element.contains(root.activeElement);
    if (this.#message === message && this.element.parentNode === message) return;
    if (hasFocus || !this.#chat().you || message.classList.contains("deleted")) return;
    this.#message = message;
    this.element.classList.toggle("is-readonly", !this.#chat().you?.may_write);
    message.append(this.element);
  }

  /** @param {(message: Message) => void} run */
  #with(run) {
    const message = this.#actions.find(Number(this.#message?.dataset.seq));
    if (message) run(message);
  }

  /** @param {HTMLElement} button */
  #openMenu(button) {
    this.#with((message) => this.#menu.open(button, `Message of ${message.author.name}`, this.#items(message)));
  }

  /** @param {Message} message @returns {Item[]} */
  #items(message) {
    const chat = this.#chat();
    const { author } = message;
    const isMine = author.id === chat.you?.id;
    const isIgnored = chat.ignored.has(author.id);
    const one = (/** @type {boolean} */ isShown, /** @type {Item} */ item) => (isShown ? [item] : []);
    return [
      ...one(isMine && Boolean(chat.you?.may_write), { words: "Edit", run: () => this.#actions.edit(message) }),
      { words: "Copy text", run: () => this.#actions.copy(message) },
      ...one(!isMine, { words: "Report …", run: () => this.#actions.report(message) }),
      ...one(!isMine, { words: isIgnored ? "No longer ignore this person" : "Ignore this person", note: "Only you do not see their messages", run: () => this.#actions.ignore(message, !isIgnored) }),
      ...one(isMine || chat.mayModerate, { words: "Delete", isGrave: true, run: () => this.#actions.remove(message) }),
      ...this.#moderatorItems(message, isMine),
    ];
  }

  /** @param {Message} message @param {boolean} isMine @returns {Item[]} */
  #moderatorItems(message, isMine) {
    const chat = this.#chat();
    if (!chat.mayModerate) return [];
    const isPinned = chat.log.pinned?.seq === message.seq;
    const act = (/** @type {"timeout" | "ban" | "clear" | "pin" | "unpin"} */ action) => () => this.#actions.moderate(message, action);
    const pin = { words: isPinned ? "Unpin" : "Pin for all", run: act(isPinned ? "unpin" : "pin") };
    if (isMine) return [pin];
    return [pin, { words: "Time out …", run: act("timeout") }, { words: "Ban …", isGrave: true, run: act("ban") }, { words: "Delete all of this person …", isGrave: true, run: act("clear") }];
  }
}
