// The form of a room's settings.

import { el, say } from "./dom.js";
import { Field, input, select, wrongNumber } from "./form-field.js";
import { wrongTitle } from "./rooms-make.js";
import { changes, CHOICES, choicesWith, LONGEST_HOLD_H, LONGEST_RETENTION_DAYS, wordsIn, wrongWords } from "./rooms-texts.js";

/**
 * @typedef {import("./rooms-settings.js").RoomHere} RoomHere
 * @typedef {import("./rooms-texts.js").Settings} Settings
 */

const HOUR_S = 3600;

export class RoomForm {
  #room;
  #title;
  #isOpen;
  #guests;
  #slow;
  #links;
  #remote;
  #waits;
  #retention;
  #hold;
  #words = /** @type {HTMLTextAreaElement} */ (el("textarea", { id: "room-words", rows: "8", spellcheck: "false", "aria-describedby": "room-words-hint room-words-error" }));
  #wrong = el("p", { class: "field-error", id: "room-words-error" });
  #action;
  rules;
  words;

  /** @param {RoomHere} room */
  constructor(room) {
    this.#room = room;
    const { settings } = room;
    this.#title = room.key.startsWith("room:") ? titleField(room.title) : null;
    this.#isOpen = check("room-open", "Members may write", settings.is_open, "Otherwise only moderators write.");
    this.#guests = choice("guests", "People without an account", settings.guests);
    this.#slow = choice("slow_s", "Slow mode: wait between two messages", String(settings.slow_s), (value) => `${value} seconds`);
    this.#links = choice("links", "Links", settings.links);
    this.#remote = choice("remote", "Who plays, pauses and seeks for all", settings.remote);
    this.#waits = check("room-waits", "Wait for members whose player waits", settings.waits_for_stalled, "Shared playback stands still until everybody has data again.");
    this.#retention = numberField("room-retention", "Keep messages", settings.retention_days, "days", "Empty: as the server does.", LONGEST_RETENTION_DAYS);
    this.#hold = numberField("room-hold", "Hold messages of accounts younger than", settings.hold_new_s ? settings.hold_new_s / HOUR_S : null, "hours", "Empty: none are held.", LONGEST_HOLD_H);
    this.#action = choice("words_action", "A message with one of them is", settings.words_action);
    this.#words.value = (settings.words ?? []).join("\n");
    this.#words.addEventListener("input", () => say(this.#wrong, ""));
    this.rules = el(
      "div",
      { class: "room-form" },
      this.#title?.element,
      this.#isOpen.element,
      el("div", { class: "pair" }, this.#guests.element, this.#slow.element),
      el("div", { class: "pair" }, this.#links.element, this.#hold.element),
      el("div", { class: "pair" }, this.#remote.element, this.#retention.element),
      this.#waits.element,
    );
    const label = el("label", { for: "room-words" }, "Words and phrases, one on a line");
    const hint = el("p", { class: "hint", id: "room-words-hint" }, "They count as they stand here, in small or capital letters. Moderators are exempt.");
    this.words = el("div", { class: "room-form" }, el("div", { class: "row" }, label, this.#words, this.#wrong, hint), this.#action.element);
  }

  /** What to send: the title and the settings that have changed; null if something is wrong, which the form shows. */
  patch() {
    const numbers = [this.#title, this.#retention, this.#hold].filter((field) => field !== null && !field.isValid());
    const wrong = wrongWords(this.#words.value);
    say(this.#wrong, wrong);
    if (numbers.length) numbers[0]?.control.focus();
    else if (wrong) this.#words.focus();
    if (numbers.length || wrong) return null;
    const settings = changes(this.#room.settings, this.#values());
    const title = this.#title?.value ?? this.#room.title;
    return { ...(title === this.#room.title ? {} : { title }), ...(Object.keys(settings).length ? { settings } : {}) };
  }

  /** @returns {Settings} */
  #values() {
    return {
      guests: /** @type {any} */ (this.#guests.value),
      slow_s: Number(this.#slow.value),
      links: /** @type {any} */ (this.#links.value),
      words: wordsIn(this.#words.value),
      words_action: /** @type {any} */ (this.#action.value),
      hold_new_s: Math.round(Number(this.#hold.value || 0) * HOUR_S),
      remote: /** @type {any} */ (this.#remote.value),
      waits_for_stalled: this.#waits.input.checked,
      retention_days: this.#retention.value === "" ? null : Number(this.#retention.value),
      is_open: this.#isOpen.input.checked,
    };
  }
}

/** @param {string} title */
function titleField(title) {
  /** @type {Field} */
  const field = new Field("Title", input("room-title", { autocapitalize: "sentences" }), { check: () => wrongTitle(field.value) });
  field.value = title;
  return field;
}

/**
 * @param {string} name
 * @param {string} label
 * @param {string} value
 * @param {(value: string) => string} [words] of a value that is not among the choices
 */
function choice(name, label, value, words = (one) => one) {
  const field = new Field(label, select(`room-${name}`, words ? choicesWith(name, value, words) : CHOICES[name]));
  field.value = value;
  return field;
}

/**
 * @param {string} id
 * @param {string} label
 * @param {number | null} value
 * @param {string} unit
 * @param {string} hint
 * @param {number} most
 */
function numberField(id, label, value, unit, hint, most) {
  /** @type {Field} */
  const field = new Field(label, input(id, { inputmode: "numeric" }), {
    hint,
    beside: el("span", { class: "unit" }, unit),
    check: () => (field.value === "" ? "" : wrongNumber("The number", field.value, 1, most, true)),
  });
  field.value = value === null ? "" : String(value);
  return field;
}

/**
 * @param {string} id
 * @param {string} words
 * @param {boolean} isOn
 * @param {string} hint
 */
function check(id, words, isOn, hint) {
  const box = /** @type {HTMLInputElement} */ (el("input", { id, type: "checkbox", checked: isOn }));
  return { input: box, element: el("label", { class: "choice" }, box, el("span", {}, words), el("span", { class: "hint" }, hint)) };
}
