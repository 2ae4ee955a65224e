// The part of the page "My account" that changes the password. Other sessions end with the old one.

import { ServerError } from "./api.js";
import { el, say } from "./dom.js";
import { PasswordField } from "./password-field.js";
import { send, wordsOf } from "./send.js";

/**
 * @param {string} name of the account, for password managers
 * @param {() => void} onChanged
 */
export function passwordPart(name, onChanged) {
  const old = new PasswordField("old-password", "Old password", "current-password");
  const fresh = new PasswordField("new-password", "New password", "new-password");
  const status = el("p", { class: "hint", role: "status" });
  const submit = /** @type {HTMLButtonElement} */ (el("button", { class: "button", type: "submit" }, "Change the password"));
  const form = /** @type {HTMLFormElement} */ (
    el(
      "form",
      { novalidate: true },
      el("input", { type: "text", autocomplete: "username", value: name, hidden: true, readonly: true, tabindex: "-1" }),
      el("div", { class: "fields" }, old.element, fresh.element),
      submit,
      status,
    )
  );
  const change = async () => {
    const wrong = [old.field, fresh.field].filter((field) => !field.isValid());
    if (wrong.length) return wrong[0].control.focus();
    submit.disabled = true;
    try {
      await send("POST", "api/me/password", {}, { old: old.value, new: fresh.value });
      form.reset();
      say(status, "The password is changed. All other sessions have ended.");
      onChanged();
    } catch (error) {
      const isOld = error instanceof ServerError && (error.status === 403 || error.status === 429);
      (isOld ? old.field : fresh.field).fail(wordsOf(error));
    } finally {
      submit.disabled = false;
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void change();
  });
  return el(
    "section",
    { class: "card part", "aria-labelledby": "password-title" },
    el("h2", { id: "password-title" }, "Password"),
    el("p", {}, "All other browsers are signed out when it changes. Tokens go on."),
    form,
  );
}
