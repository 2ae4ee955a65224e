// The pages before somebody is signed in: the first start (/setup), an invitation (/join), a new password (/reset).
//
// The secret of the link stands in the fragment, which browsers send to no server; it is taken out of the address bar at once.

import { address, ServerError } from "./api.js";
import { el } from "./dom.js";
import { Field, input } from "./form-field.js";
import { PasswordField } from "./password-field.js";
import { warn } from "./plain-http.js";
import { send, wordsOf } from "./send.js";
import { wrongAccountName } from "./account-rules.js";

/**
 * @typedef {object} Entry
 * @property {string} path where the form goes
 * @property {boolean} hasName
 * @property {string} button
 * @property {string} missing what to say without a secret
 */

/** @type {Record<string, Entry>} */
const ENTRIES = {
  setup: { path: "api/setup", hasName: true, button: "Create the admin", missing: "" },
  join: { path: "api/join", hasName: true, button: "Create my account", missing: "This address is no invitation: open the whole link that you were given." },
  reset: { path: "api/reset", hasName: false, button: "Set the password", missing: "This address resets no password: open the whole link that you were given." },
};

const form = /** @type {HTMLFormElement} */ (document.querySelector("form.entry"));
const kind = form.dataset.entry ?? "";
const entry = ENTRIES[kind];
const asksSecret = form.dataset.secret === "typed";
let secret = location.hash.slice(1);
history.replaceState(null, "", location.pathname);

/** @type {Field} */
const secretField = new Field("Setup code", input("secret", { autocomplete: "one-time-code" }), {
  hint: "It stands in the terminal in which the node was started.",
  check: () => (secretField.value ? "" : "Enter the code from the terminal."),
});
/** @type {Field} */
const nameField = new Field("Name", input("name", { autocomplete: "username", placeholder: "maria" }), {
  hint: "To sign in: letters, digits or . _ - @ +",
  check: () => wrongAccountName(nameField.value),
});
const password = new PasswordField("password", "Password", "new-password");
const wrong = el("p", { class: "error", role: "alert", hidden: true });
const submit = /** @type {HTMLButtonElement} */ (el("button", { class: "button primary", type: "submit" }, entry.button));

function show() {
  warn();
  if (asksSecret) secretField.control.value = secret;
  const needsLink = entry.missing !== "" && secret === "";
  if (needsLink) {
    form.replaceChildren(el("p", { class: "error", role: "alert" }, entry.missing));
    return;
  }
  const isAsked = asksSecret && secret === "";
  form.append(...(asksSecret ? [secretField.element] : []), ...(entry.hasName ? [nameField.element] : []), password.element, wrong, submit);
  (isAsked ? secretField : entry.hasName ? nameField : password.field).control.focus();
}

/** @param {string} words */
function fail(words) {
  wrong.hidden = words === "";
  wrong.textContent = words;
}

async function enter() {
  const fields = [...(asksSecret ? [secretField] : []), ...(entry.hasName ? [nameField] : []), password.field];
  const bad = fields.filter((field) => !field.isValid());
  if (bad.length) return bad[0].control.focus();
  if (asksSecret) secret = secretField.value;
  submit.disabled = true;
  fail("");
  try {
    await send("POST", entry.path, {}, { secret, password: password.value, ...(entry.hasName ? { name: nameField.value } : {}) });
    await arrive();
  } catch (error) {
    const words = wordsOf(error);
    const reason = error instanceof ServerError ? error.reason : "";
    if (["name", "name-taken"].includes(reason)) nameField.fail(words);
    else if (reason === "password") password.field.fail(words);
    else fail(words);
  } finally {
    submit.disabled = false;
  }
}

/** Go on to the streams. After the first start the node renews its servers: wait until one answers. */
async function arrive() {
  if (kind === "setup") {
    form.replaceChildren(el("p", { role: "status" }, "The account is there. The node opens its servers …"));
    await ready();
  }
  location.assign(address(kind === "join" ? "" : "login"));
}

const EVERY_MS = 300;
const MOST_TRIES = 60;

async function ready() {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    const answer = await fetch(address("login"), { cache: "no-store", redirect: "manual" }).catch(() => null);
    const text = answer?.ok ? await answer.text().catch(() => "") : "";
    if (text.includes('name="password"')) return;
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void enter();
});
show();
