// The page of an invitation to a room. The token stands in the fragment, which browsers send to no server; it is taken out of the address bar at once.

import { address, ServerError } from "./api.js";
import { el } from "./dom.js";
import { Field, input } from "./form-field.js";
import { roomPath } from "./rooms-place.js";
import { send, wordsOf } from "./send.js";

const KEPT = "framecast-room-invitation";
const LONGEST_NAME = 40;
const form = /** @type {HTMLFormElement} */ (document.querySelector("form.entry"));
const token = location.hash.slice(1) || sessionStorage.getItem(KEPT) || "";
history.replaceState(null, "", location.pathname);
const wrong = el("p", { class: "error", role: "alert", hidden: true });
const submit = /** @type {HTMLButtonElement} */ (el("button", { class: "button primary", type: "submit" }, "Enter the room"));
/** @type {Field} */
const name = new Field("Your name", input("guest-name", { maxlength: String(LONGEST_NAME), autocomplete: "nickname", autocapitalize: "words", value: localStorage.getItem("framecast-room-name") ?? "" }), {
  hint: "What the others in the room see.",
  check: () => (name.value ? "" : "Enter a name."),
});

async function begin() {
  if (!token) return fail("This address is no invitation: open the whole link that you were given.");
  // Somebody with an account enters under its name.
  const me = await fetch(address("api/me"), { cache: "no-store" }).then((answer) => (answer.ok ? answer.json() : null)).catch(() => null);
  const signIn = el("button", { class: "link strong", type: "button", onclick: () => toLogin() }, "Sign in first");
  const hasAccounts = document.documentElement.dataset.access !== "open";
  if (me?.account) form.append(el("p", { class: "muted" }, `You enter as ${me.account.display_name || me.account.name}.`), wrong, submit);
  else form.append(name.element, wrong, submit, hasAccounts ? el("p", { class: "hint" }, "Do you have an account here? ", signIn) : "");
  (me?.account ? submit : name.control).focus();
}

/** The invitation waits in this tab while somebody signs in. */
function toLogin() {
  sessionStorage.setItem(KEPT, token);
  location.assign(address("login", { next: "rooms/join" }));
}

/** @param {string} words */
function fail(words) {
  if (!wrong.isConnected) form.append(wrong);
  wrong.hidden = words === "";
  wrong.textContent = words;
}

async function enter() {
  const isNamed = name.element.isConnected;
  if (isNamed && !name.isValid()) return name.control.focus();
  submit.disabled = true;
  fail("");
  try {
    const room = await send("POST", "api/rooms/join", {}, { token, ...(isNamed ? { name: name.value } : {}) });
    if (isNamed) localStorage.setItem("framecast-room-name", name.value);
    sessionStorage.removeItem(KEPT);
    location.assign(address(roomPath(room.key)));
  } catch (error) {
    const isAway = error instanceof ServerError && error.status === 404;
    fail(isAway ? "This invitation has ended, or was withdrawn. Ask for a new one." : wordsOf(error));
  } finally {
    submit.disabled = false;
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void enter();
});
void begin();
