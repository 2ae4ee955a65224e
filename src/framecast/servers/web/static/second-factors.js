// What signs a person in beside the password: authenticator app, passkeys, recovery codes, logins at a provider.

import { addApp } from "./app-sheet.js";
import { sendConfirmed } from "./ask-password.js";
import { confirmed } from "./confirm.js";
import { el, say } from "./dom.js";
import { button } from "./form-field.js";
import { Cancelled, HAS_PASSKEYS, newPasskey } from "./passkey.js";
import { showRecoveryCodes } from "./recovery-codes.js";
import { get, send, wordsOf } from "./send.js";
import { deviceName, factorsWords } from "./factor-words.js";
import { agoWords, dateWords } from "./times.js";

/** @typedef {{id: string, name: string, server: string, is_synced: boolean, created_at: number, used_at: number | null}} Passkey */
/** @typedef {{app_since: number | null, recovery_left: number, passkeys: Passkey[], passkeys_why: string}} Factors */
/** @typedef {{id: string, issuer: string, name: string, created_at: number, used_at: number | null}} Login */

/** @param {HTMLElement} section */
export async function fillSecondFactors(section) {
  const part = new SecondFactors();
  section.replaceChildren(...part.elements);
  await part.load();
  section.hidden = false;
}

class SecondFactors {
  #wrong = el("p", { class: "error", role: "alert" });
  #summary = el("p", {});
  #rows = el("ul", { class: "rows part-rows" });
  elements = [el("div", { class: "part-head" }, el("h2", { id: "second-factors-title" }, "Second step at sign-in")), this.#summary, this.#wrong, this.#rows];

  async load() {
    try {
      const [factors, { logins, provider }] = /** @type {[Factors, {logins: Login[], provider: string}]} */ (await Promise.all([get("api/me/factors"), get("api/me/logins")]));
      say(this.#summary, factorsWords(factors));
      this.#rows.replaceChildren(
        this.#app(factors),
        ...factors.passkeys.map((one) => this.#passkey(one)),
        this.#newPasskey(factors),
        ...(factors.app_since !== null || factors.passkeys.length ? [this.#recovery(factors.recovery_left)] : []),
        ...logins.map((one) => this.#login(one)),
        ...(provider ? [this.#newLogin(provider)] : []),
      );
    } catch (error) {
      say(this.#wrong, wordsOf(error));
    }
  }

  /** @param {Factors} factors */
  #app({ app_since }) {
    if (app_since === null) {
      const add = button("Add", () => void this.#do(async () => this.#addApp()));
      add.setAttribute("aria-label", "Add an authenticator app");
      return row("Authenticator app", "An app on your phone shows a new code every 30 seconds.", add);
    }
    const remove = button("Remove", () => void this.#do(() => this.#removed("Remove the authenticator app?", "api/me/factors/app/remove")));
    remove.setAttribute("aria-label", "Remove the authenticator app");
    return row("Authenticator app", `On since ${dateWords(app_since)}`, remove, "On");
  }

  async #addApp() {
    const app = await sendConfirmed("api/me/factors/app");
    if (!app) return;
    const codes = await addApp(app);
    if (codes) await showRecoveryCodes(codes);
  }

  /** @param {Passkey} passkey */
  #passkey(passkey) {
    const used = passkey.used_at === null ? "never used" : `last used ${agoWords(passkey.used_at)}`;
    const note = `Passkey for ${passkey.server}, added ${dateWords(passkey.created_at)}, ${used}`;
    const rename = button("Rename", () => this.#rename(element, passkey));
    rename.setAttribute("aria-label", `Rename ${passkey.name}`);
    const remove = button("Remove", () => void this.#do(() => this.#removed(`Remove ${passkey.name}?`, "api/me/passkeys/remove", { id: passkey.id })));
    remove.setAttribute("aria-label", `Remove ${passkey.name}`);
    const element = row(passkey.name, note, el("span", { class: "row-end" }, rename, remove), passkey.is_synced ? "Synced" : "");
    return element;
  }

  /**
   * @param {HTMLElement} element
   * @param {Passkey} passkey
   */
  #rename(element, passkey) {
    const field = /** @type {HTMLInputElement} */ (el("input", { value: passkey.name, maxlength: "80", "aria-label": "Name of the passkey" }));
    const form = el("form", { class: "beside row-text" }, field, el("button", { class: "button", type: "submit" }, "Save"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#do(() => send("PATCH", "api/me/passkeys", { id: passkey.id }, { name: field.value }));
    });
    element.replaceChildren(form);
    field.select();
  }

  /** @param {Factors} factors */
  #newPasskey({ passkeys, passkeys_why: why }) {
    const reason = why || (HAS_PASSKEYS ? "" : "This browser has no passkeys.");
    const words = reason ? reason.charAt(0).toUpperCase() + reason.slice(1) : "Your fingerprint, face, PIN or a security key signs you in, also without the password.";
    const add = /** @type {HTMLButtonElement} */ (button("Add", () => void this.#do(() => this.#addPasskey())));
    add.setAttribute("aria-label", "Add a passkey");
    add.disabled = Boolean(reason);
    return row(passkeys.length ? "Another passkey" : "Passkey", words, add);
  }

  async #addPasskey() {
    const options = await sendConfirmed("api/me/passkeys/options");
    if (!options) return;
    const credential = await newPasskey(options.publicKey);
    const { recovery_codes } = await send("POST", "api/me/passkeys", {}, { name: deviceName(navigator.userAgent), credential });
    await showRecoveryCodes(recovery_codes);
  }

  /** @param {number} left */
  #recovery(left) {
    const renew = async () => {
      if (!(await confirmed("Make new recovery codes?", "The codes that you have now end.", "Make new codes"))) return;
      const found = await sendConfirmed("api/me/factors/recovery-codes");
      if (found) await showRecoveryCodes(found.recovery_codes);
    };
    return row("Recovery codes", left === 1 ? "1 code is left" : `${left} codes are left`, button("Make new codes", () => void this.#do(renew)));
  }

  /** @param {Login} login */
  #login(login) {
    const remove = button("Remove", () => void this.#do(() => send("DELETE", "api/me/logins", { id: login.id })));
    remove.setAttribute("aria-label", `Remove the login ${login.name}`);
    return row(login.name, `Login at ${new URL(login.issuer).host}, added ${dateWords(login.created_at)}`, remove);
  }

  /** @param {string} provider */
  #newLogin(provider) {
    const add = async () => {
      const found = await sendConfirmed("api/me/logins");
      if (found) location.assign(found.url);
    };
    const adding = button("Add", () => void this.#do(add));
    adding.setAttribute("aria-label", `Add a login at ${provider}`);
    return row(provider, "Sign in to this account with a login that you have there.", adding);
  }

  /**
   * @param {string} question
   * @param {string} path
   * @param {Record<string, string>} [query]
   */
  async #removed(question, path, query = {}) {
    if (await confirmed(question, "It no longer signs you in. With the last one the recovery codes end, and your password alone is enough.", "Remove")) await sendConfirmed(path, query);
  }

  /** @param {() => Promise<unknown>} what */
  async #do(what) {
    say(this.#wrong, "");
    try {
      await what();
      await this.load();
    } catch (error) {
      if (!(error instanceof Cancelled)) say(this.#wrong, wordsOf(error));
    }
  }
}

/**
 * @param {string} title
 * @param {string} note
 * @param {HTMLElement} end
 * @param {string} [badge]
 */
function row(title, note, end, badge = "") {
  const head = el("div", { class: "row-title" }, title, badge && el("span", { class: "badge", "data-kind": "good" }, badge));
  return el("li", {}, el("div", { class: "row-text" }, head, el("p", { class: "row-note" }, note)), el("div", { class: "row-end" }, end));
}
