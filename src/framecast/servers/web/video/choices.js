// The menu of a player: speed, quality, subtitles, each a list of its own. It is inside the player, so that it is there in fullscreen, too.

import { make } from "../player/dom.js";
import { sign } from "./signs.js";

/**
 * @typedef {object} Choice
 * @property {string} words
 * @property {boolean} isChosen
 * @property {() => unknown} run
 *
 * @typedef {{name: string, now: string, choices: Choice[]}} Group
 */

export class Choices {
  #rows = make("div", { class: "choices-rows" });
  element = make("div", { class: "choices", part: "menu", role: "menu", hidden: "", "aria-label": "Settings" }, this.#rows);
  /** @type {HTMLElement | null} */
  #button = null;
  /** @type {() => Group[]} */
  #groups = () => [];
  /** The list that is open, "" for the list of lists. */
  #open = "";

  /** @param {() => void} onClose */
  constructor(onClose) {
    this.onClose = onClose;
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
  }

  get isOpen() {
    return !this.element.hidden;
  }

  /** @param {HTMLElement} button @param {() => Group[]} groups @param {string} [name] of the list to begin with */
  toggle(button, groups, name = "") {
    if (this.isOpen) return this.close();
    this.#button = button;
    this.#groups = groups;
    this.element.hidden = false;
    button.setAttribute("aria-expanded", "true");
    this.#show(name);
  }

  close() {
    if (!this.isOpen) return;
    const hadFocus = this.element.contains(/** @type {ShadowRoot} */ (this.element.getRootNode()).activeElement);
    this.element.hidden = true;
    this.#button?.setAttribute("aria-expanded", "false");
    if (hadFocus) this.#button?.focus();
    this.onClose();
  }

  /** Update the open list, for what it shows has changed. */
  refresh() {
    if (!this.isOpen) return;
    const rows = this.#list();
    const place = rows.indexOf(/** @type {HTMLElement} */ (/** @type {ShadowRoot} */ (this.element.getRootNode()).activeElement));
    this.#show(this.#open, place);
  }

  /** @param {string} name @param {number} [place] of the row that has the focus */
  #show(name, place) {
    const groups = this.#groups();
    const group = groups.find((one) => one.name === name);
    this.#open = group ? name : "";
    this.#rows.replaceChildren(...(group ? this.#listOf(group) : groups.map((one) => this.#groupRow(one))));
    const chosen = group ? group.choices.findIndex((one) => one.isChosen) + 1 : 0;
    (this.#list()[place ?? chosen] ?? this.#list()[0])?.focus();
  }

  /** @param {Group} group */
  #groupRow(group) {
    return make("button", { type: "button", role: "menuitem", "aria-haspopup": "true", tabindex: "-1", click: () => this.#show(group.name) }, make("span", {}, group.name), make("span", { class: "choices-now" }, group.now));
  }

  /** @param {Group} group */
  #listOf(group) {
    const back = make("button", { type: "button", role: "menuitem", class: "choices-back", tabindex: "-1", click: () => this.#show("") }, sign("back"), make("span", {}, group.name));
    const rows = group.choices.map((choice) =>
      make(
        "button",
        {
          type: "button",
          role: "menuitemradio",
          "aria-checked": String(choice.isChosen),
          tabindex: "-1",
          click: () => {
            choice.run();
            this.close();
          },
        },
        sign("chosen"),
        make("span", {}, choice.words),
      ),
    );
    return [back, ...rows];
  }

  #list() {
    return /** @type {HTMLElement[]} */ ([...this.#rows.children]);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const rows = this.#list();
    const at = rows.indexOf(/** @type {HTMLElement} */ (event.target));
    /** @type {Record<string, number>} */
    const places = { ArrowDown: at + 1, ArrowUp: at - 1 + rows.length, Home: 0, End: rows.length - 1 };
    const to = places[event.key];
    if (event.key === "Tab" || event.key === "Escape") this.close();
    else if (event.key === "ArrowLeft" && this.#open) this.#show("");
    else if (event.key === "ArrowRight" && !this.#open) rows[at]?.click();
    else if (to !== undefined) rows[to % rows.length].focus();
    else if (event.key !== " " && event.key !== "Enter") return;
    event.stopPropagation();
    if (event.key !== " " && event.key !== "Enter" && event.key !== "Tab") event.preventDefault();
  }
}
