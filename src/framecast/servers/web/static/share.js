// The page of a shared page: it asks for the password if the link has one, then shows the stream or the video.
//
// The secret of the link stands in the fragment, which browsers send to no server. It stays in the address bar, so the page can be opened again.

import { ServerError } from "./api.js";
import { el } from "./dom.js";
import { PasswordField } from "./password-field.js";
import { warn } from "./plain-http.js";
import { send, wordsOf } from "./send.js";
import { untilWords } from "./times.js";

/**
 * @typedef {object} Opened
 * @property {string} name
 * @property {string | null} stream
 * @property {string | null} video
 * @property {string} token
 * @property {number | null} expires_at UTC seconds
 */

const main = /** @type {HTMLElement} */ (document.querySelector("main"));
const form = /** @type {HTMLFormElement} */ (document.querySelector("form.entry"));
const password = new PasswordField("password", "Password", "current-password");
const wrong = el("p", { class: "error", role: "alert", hidden: true });
const submit = /** @type {HTMLButtonElement} */ (el("button", { class: "button primary", type: "submit" }, "Open"));

/** @param {string} words */
function fail(words) {
  wrong.hidden = words === "";
  wrong.textContent = words;
}

async function open() {
  submit.disabled = true;
  fail("");
  try {
    await show(await send("POST", "api/share", {}, { secret: location.hash.slice(1), password: password.value || null }));
  } catch (error) {
    refused(error);
  } finally {
    submit.disabled = false;
  }
}

/** @param {unknown} error */
function refused(error) {
  const reason = error instanceof ServerError ? error.reason : "";
  if (reason !== "password" && reason !== "wrong" && reason !== "too-many") {
    form.replaceChildren(el("p", { class: "error", role: "alert" }, wordsOf(error)));
    return;
  }
  if (!password.element.isConnected) form.replaceChildren(el("p", { class: "muted" }, "This link needs a password. Ask who sent it to you."), password.element, wrong, submit);
  if (reason !== "password") fail(wordsOf(error));
  password.field.control.focus();
}

/** @param {Opened} opened */
async function show({ name, stream, video, token, expires_at: end }) {
  await import(stream === null ? "./video-player.js" : "./player.js");
  const player = stream === null ? el("framecast-video", { src: video ?? "", token, "page-keys": true }) : el("framecast-player", { src: stream, token });
  document.title = `${name} · Framecast`;
  main.className = "shared";
  main.replaceChildren(el("h1", {}, name), player, end === null ? "" : el("p", { class: "row-note" }, `The link ends ${untilWords(end)}.`));
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (password.field.isValid()) void open();
});
addEventListener("hashchange", () => location.reload());
warn();
void open();
