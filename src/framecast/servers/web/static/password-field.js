// A field for a password, with a button that shows what was typed.

import { el, say } from "./dom.js";
import { Field, input } from "./form-field.js";
import { PASSWORD_HINT, wrongPassword } from "./account-rules.js";

export class PasswordField {
  /**
   * @param {string} id
   * @param {string} label
   * @param {"new-password" | "current-password"} use a new one has rules
   */
  constructor(id, label, use) {
    const isNew = use === "new-password";
    const control = input(id, { type: "password", autocomplete: use });
    const show = el("button", { class: "button", type: "button", "aria-pressed": "false", "aria-label": `Show ${label.toLowerCase()}` }, "Show");
    show.addEventListener("click", () => {
      const isShown = control.type === "password";
      control.type = isShown ? "text" : "password";
      show.setAttribute("aria-pressed", String(isShown));
      say(show, isShown ? "Hide" : "Show");
    });
    this.field = new Field(label, control, {
      hint: isNew ? PASSWORD_HINT : "",
      check: () => (isNew ? wrongPassword(control.value) : control.value ? "" : `Enter the ${label.toLowerCase()}.`),
      beside: show,
    });
    this.element = this.field.element;
  }

  /** What was typed; spaces count. */
  get value() {
    return this.field.control.value;
  }
}
