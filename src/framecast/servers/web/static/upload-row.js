// One upload in the panel: its name, progress in bytes, speed, time left or what went wrong, and its buttons.

import { el, say } from "./dom.js";
import { icon } from "./icons.js";
import { sizeWords, leftWords, percent } from "./videos-texts.js";
import { sentence } from "./words.js";

/**
 * @typedef {import("./upload-task.js").UploadTask} UploadTask
 * @typedef {{onPause: () => void, onResume: () => void, onCancel: () => void, onClear: () => void, onEdit: () => void, href: () => string}} RowActions
 */

/**
 * What stands below the name of an upload. Pure.
 * @param {Pick<UploadTask, "state" | "words" | "sent" | "size" | "speed" | "fate">} task
 */
export function progressWords({ state, words, sent, size, speed, fate }) {
  const amount = `${sizeWords(sent)} of ${sizeWords(size)}`;
  if (state === "waiting") return sent ? `${amount} · waiting` : `${sizeWords(size)} · waiting`;
  if (state === "paused") return `${amount} · paused`;
  if (state === "retrying") return `${amount} · ${sentence(words)} It goes on by itself.`;
  if (state === "failed") return sentence(words);
  if (state === "cancelled") return "Cancelled";
  if (state === "done") return fate.isWrong ? fate.words : `${sizeWords(size)} · uploaded${fate.words && ` · ${fate.words}`}`;
  if (sent >= size) return `${sizeWords(size)} · being stored`;
  return speed ? `${amount} · ${sizeWords(speed)}/s · ${leftWords((size - sent) / speed)} left` : amount;
}

export class UploadRow {
  #name = el("strong", { class: "upload-name" });
  #words = el("p", { class: "upload-words" });
  #bar = /** @type {HTMLProgressElement} */ (el("progress", { max: "1" }));
  #buttons = el("div", { class: "upload-buttons" });
  #shown = "";
  #task;
  #actions;
  element;

  /**
   * @param {UploadTask} task
   * @param {RowActions} actions
   */
  constructor(task, actions) {
    this.#task = task;
    this.#actions = actions;
    say(this.#name, task.title);
    this.#name.title = task.name;
    this.#bar.ariaLabel = `Upload of ${task.title}`;
    this.element = el("li", { class: "upload-row" }, el("div", { class: "upload-text" }, this.#name, this.#bar, this.#words), this.#buttons);
    this.show();
  }

  show() {
    const { state, sent, size } = this.#task;
    this.element.dataset.state = this.#task.fate.isWrong ? "failed" : state;
    this.#bar.value = size ? sent / size : 0;
    this.#bar.hidden = ["failed", "cancelled", "done"].includes(state);
    this.#bar.ariaValueText = percent(size ? sent / size : 0);
    say(this.#words, progressWords(this.#task));
    if (this.#shown === state) return;
    this.#shown = state;
    const hadFocus = this.#buttons.contains(document.activeElement);
    this.#buttons.replaceChildren(...this.#tools(state));
    if (hadFocus) /** @type {HTMLElement | null} */ (this.#buttons.querySelector("button, a"))?.focus();
  }

  /** @param {string} state */
  #tools(state) {
    const { onPause, onResume, onCancel, onClear, onEdit, href } = this.#actions;
    const of = this.#task.title;
    if (state === "done") return [...(href() ? [el("a", { class: "link strong", href: href() }, "Open"), tool("edit", `Edit ${of}`, onEdit)] : []), tool("close", `Take ${of} off the list`, onClear)];
    if (state === "cancelled") return [tool("close", `Take ${of} off the list`, onClear)];
    if (state === "failed") return [tool("again", `Try again: ${of}`, onResume), tool("close", `Cancel ${of}`, () => (onCancel(), onClear()))];
    if (state === "paused") return [tool("play", `Resume ${of}`, onResume), tool("close", `Cancel ${of}`, onCancel)];
    return [tool("pause", `Pause ${of}`, onPause), tool("close", `Cancel ${of}`, onCancel)];
  }
}

/**
 * @param {string} sign
 * @param {string} label
 * @param {() => void} run
 */
export function tool(sign, label, run) {
  return el("button", { class: "tool plain", type: "button", "aria-label": label, title: label, onclick: run }, icon(sign));
}
