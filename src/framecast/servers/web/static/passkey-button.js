// The button that signs in by a passkey, on the login page and at the second step.

import { base } from "./api.js";
import { el, say } from "./dom.js";
import { Cancelled, signInByPasskey } from "./passkey.js";
import { wordsOf } from "./send.js";

/**
 * @param {string} label
 * @param {boolean} isSecond after the password
 * @returns {HTMLElement[]} the button, and where it says what went wrong
 */
export function passkeyButton(label, isSecond) {
  const wrong = el("p", { class: "error", role: "alert" });
  const button = /** @type {HTMLButtonElement} */ (el("button", { class: "button", type: "button", id: "by-passkey" }, label));
  button.addEventListener("click", async () => {
    button.disabled = true;
    say(wrong, "");
    try {
      const next = await signInByPasskey(isSecond, wantedPage());
      location.assign(new URL(next, base));
    } catch (error) {
      if (!(error instanceof Cancelled)) say(wrong, wordsOf(error));
    } finally {
      button.disabled = false;
    }
  });
  return [button, wrong];
}

/** The page that the person came from, as the form has it. */
export function wantedPage() {
  const field = document.querySelector('input[name="next"]');
  return field instanceof HTMLInputElement ? field.value : "";
}
