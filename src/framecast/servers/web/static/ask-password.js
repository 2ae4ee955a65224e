// What changes how an account is opened needs a fresh session or the password: the server says so, and the person is asked once.

import { ServerError } from "./api.js";
import { el, say } from "./dom.js";
import { send, wordsOf } from "./send.js";

/**
 * Send a change; if the server asks for the password, ask the person and send it again.
 * @param {string} path
 * @param {Record<string, string>} [query]
 * @returns {Promise<any>} null if the person cancels
 */
export async function sendConfirmed(path, query = {}) {
  /** @param {string} password */
  const attempt = (password) => send("POST", path, query, { password });
  try {
    return await attempt("");
  } catch (error) {
    if (!asksPassword(error)) throw error;
    return askedFor(attempt);
  }
}

/** @param {unknown} error */
function asksPassword(error) {
  return error instanceof ServerError && error.reason === "confirm";
}

/**
 * @param {(password: string) => Promise<any>} attempt
 * @returns {Promise<any>}
 */
function askedFor(attempt) {
  const field = /** @type {HTMLInputElement} */ (el("input", { id: "confirm-password", type: "password", autocomplete: "current-password", maxlength: "1024", required: true }));
  const wrong = el("p", { class: "error", role: "alert" });
  const cancel = /** @type {HTMLButtonElement} */ (el("button", { class: "button", type: "button" }, "Cancel"));
  const form = el(
    "form",
    { method: "dialog" },
    el("h2", { id: "confirm-title" }, "Enter your password"),
    el("p", { class: "muted" }, "You signed in a while ago. This changes how your account is opened."),
    el("label", { for: "confirm-password" }, "Password"),
    field,
    wrong,
    el("div", { class: "sheet-actions" }, cancel, el("button", { class: "button primary", type: "submit" }, "Continue")),
  );
  const dialog = /** @type {HTMLDialogElement} */ (el("dialog", { class: "card sheet small", "aria-labelledby": "confirm-title" }, form));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve, reject) => {
    /** @type {() => void} */
    let settle = () => resolve(null);
    cancel.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => {
      dialog.remove();
      settle();
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        const found = await attempt(field.value);
        settle = () => resolve(found);
        dialog.close();
      } catch (error) {
        if (asksPassword(error)) return say(wrong, wordsOf(error));
        settle = () => reject(error);
        dialog.close();
      }
    });
  });
}
