// A dialog with a title, a body and buttons. It closes by Escape, by the cross and by Cancel; what was typed is gone then.

import { el, say } from "./dom.js";
import { icon } from "./icons.js";
import { wordsOf } from "./send.js";

let count = 0;

export class Sheet {
  #title = el("h2", { id: `sheet-${++count}` });
  #wrong = el("p", { class: "error", role: "alert", hidden: true });
  #actions = el("div", { class: "sheet-actions" });
  #isBusy = false;
  body = el("div", { class: "sheet-body" });
  #form = /** @type {HTMLFormElement} */ (el("form", { novalidate: true }));
  #dialog = /** @type {HTMLDialogElement} */ (el("dialog", { class: "card sheet", "aria-labelledby": this.#title.id }, this.#form));
  /** @type {() => void} */
  onClose = () => {};

  /** @param {string} title */
  constructor(title) {
    const close = el("button", { class: "tool plain", type: "button", "aria-label": "Close", onclick: () => this.close() }, icon("close"));
    this.#form.append(el("div", { class: "sheet-head" }, this.#title, close), this.body, this.#actions);
    this.#actions.hidden = true;
    say(this.#title, title);
    this.#dialog.addEventListener("close", () => {
      this.#dialog.remove();
      this.onClose();
    });
  }

  /**
   * Show these parts; the first control has the focus.
   * @param {...(Node | null)} parts
   */
  open(...parts) {
    this.fill(...parts);
    document.body.append(this.#dialog);
    this.#dialog.showModal();
    const first = this.body.querySelector("input:not([readonly]), select");
    if (first instanceof HTMLElement) first.focus();
    return this;
  }

  /** @param {...(Node | null)} parts */
  fill(...parts) {
    this.body.replaceChildren(...parts.filter((part) => part !== null), this.#wrong);
    this.fail("");
  }

  /** @param {string} words */
  set title(words) {
    say(this.#title, words);
  }

  close() {
    this.#dialog.close();
  }

  /** Show what went wrong; "" takes it away. @param {string} words */
  fail(words) {
    this.#wrong.hidden = words === "";
    say(this.#wrong, words);
  }

  /**
   * The buttons: Cancel, and one that sends. Its errors stand in the dialog; the dialog stays.
   * @param {string} words of the button
   * @param {() => Promise<unknown>} run
   * @param {{isGrave?: boolean, cancel?: string}} [options]
   */
  submit(words, run, { isGrave = false, cancel = "Cancel" } = {}) {
    const yes = /** @type {HTMLButtonElement} */ (el("button", { class: isGrave ? "button grave" : "button primary", type: "submit" }, words));
    this.#actions.hidden = false;
    this.#actions.replaceChildren(el("button", { class: "button", type: "button", onclick: () => this.close() }, cancel), yes);
    this.#form.onsubmit = (event) => {
      event.preventDefault();
      void this.#run(yes, run);
    };
  }

  /** Only one button, which closes. @param {string} words */
  finish(words) {
    this.#actions.hidden = false;
    this.#actions.replaceChildren(el("button", { class: "button primary", type: "submit" }, words));
    this.#form.onsubmit = (event) => {
      event.preventDefault();
      this.close();
    };
  }

  /**
   * @param {HTMLButtonElement} button
   * @param {() => Promise<unknown>} run
   */
  async #run(button, run) {
    if (this.#isBusy) return;
    this.#isBusy = button.disabled = true;
    this.fail("");
    try {
      await run();
    } catch (error) {
      this.fail(wordsOf(error));
    } finally {
      this.#isBusy = button.disabled = false;
    }
  }
}

/**
 * Show a secret once: a link or a token, with a button that copies it.
 * @param {string} title
 * @param {string} words what it is for, and for how long
 * @param {{label: string, secret: string}} secret
 * @param {...Node} more
 */
export async function showOnce(title, words, { label, secret }, ...more) {
  await import("./snippet.js");
  const sheet = new Sheet(title);
  sheet.finish("Done");
  sheet.open(el("p", {}, words), el("framecast-snippet", { wrap: true, title: label, class: "once" }, secret), el("p", { class: "notice" }, "It is shown only now. Copy it before you close this."), ...more);
  return new Promise((resolve) => {
    sheet.onClose = () => resolve(undefined);
  });
}
