// Asks before something is deleted. Cancel has the focus.

import { el } from "./dom.js";

/**
 * @param {string} title
 * @param {string} words the consequences
 * @param {string} yes label of the button
 * @returns {Promise<boolean>} false if cancelled
 */
export function confirmed(title, words, yes) {
  const no = el("button", { class: "button", value: "", autofocus: true }, "Cancel");
  const sure = el("button", { class: "button grave", value: "yes" }, yes);
  const dialog = /** @type {HTMLDialogElement} */ (
    el(
      "dialog",
      { class: "card sheet small", role: "alertdialog", "aria-labelledby": "question", "aria-describedby": "question-words" },
      el("form", { method: "dialog" }, el("h2", { id: "question" }, title), el("p", { class: "muted", id: "question-words" }, words), el("div", { class: "sheet-actions" }, no, sure)),
    )
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
