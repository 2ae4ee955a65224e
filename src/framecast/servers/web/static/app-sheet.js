// The sheet that adds an authenticator app: its QR code, its secret for typing, and a first code as a proof.

import { el, say } from "./dom.js";
import { qrSign } from "./qr-sign.js";
import { send, wordsOf } from "./send.js";

/**
 * @param {{secret: string, address: string}} app
 * @returns {Promise<string[] | null>} recovery codes; null if the person cancels
 */
export function addApp({ secret, address }) {
  const code = /** @type {HTMLInputElement} */ (
    el("input", { id: "first-code", inputmode: "numeric", autocomplete: "one-time-code", maxlength: "16", required: true, "aria-describedby": "first-code-wrong" })
  );
  const wrong = el("p", { class: "error", role: "alert", id: "first-code-wrong" });
  const cancel = el("button", { class: "button", type: "button" }, "Cancel");
  const form = el(
    "form",
    { method: "dialog" },
    el("h2", { id: "app-title" }, "Add an authenticator app"),
    el("p", { class: "muted" }, "Scan the code with an app such as Aegis, 2FAS or Google Authenticator. Then enter the six digits that it shows."),
    el("div", { class: "app-code" }, qrSign(address, "the authenticator app")),
    el("details", { class: "by-hand" }, el("summary", {}, "Enter it by hand"), el("p", {}, el("code", { class: "secret" }, grouped(secret)))),
    el("label", { for: "first-code" }, "Code of the app"),
    code,
    wrong,
    el("div", { class: "sheet-actions" }, cancel, el("button", { class: "button primary", type: "submit" }, "Turn it on")),
  );
  const dialog = /** @type {HTMLDialogElement} */ (el("dialog", { class: "card sheet small", "aria-labelledby": "app-title" }, form));
  document.body.append(dialog);
  dialog.showModal();
  code.focus();
  return new Promise((resolve) => {
    /** @type {string[] | null} */
    let codes = null;
    cancel.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(codes);
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        codes = (await send("POST", "api/me/factors/app/confirm", {}, { code: code.value })).recovery_codes;
        dialog.close();
      } catch (error) {
        say(wrong, wordsOf(error));
        code.select();
      }
    });
  });
}

/** @param {string} secret */
function grouped(secret) {
  return secret.match(/.{1,4}/g)?.join(" ") ?? secret;
}
