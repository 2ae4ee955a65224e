// How a program shows its access token, and a field for the token of the requests that are tried on this page.

import { address, ask } from "./api.js";
import { access, setNeedsToken } from "./docs-try.js";
import { el } from "./dom.js";
import "./snippet.js";

/** @returns {Promise<HTMLElement>} */
export async function accessSection() {
  const { login } = await (await ask(address("api"))).json();
  setNeedsToken(login === true);
  const url = address("api/streams");
  const field = /** @type {HTMLInputElement} */ (el("input", { id: "try-token", type: "password", autocomplete: "off", spellcheck: "false" }));
  field.addEventListener("input", () => (access.token = field.value.trim()));
  return el(
    "section",
    { class: "card route access" },
    el("h2", { id: "authentication" }, "Authentication"),
    el("p", {}, login ? "This node asks for its access token." : "This node asks for no token: everybody who reaches it may use it. With an access token, requests look like this."),
    el("framecast-snippet", { title: "Programs: a header", wrap: true }, `curl -H 'Authorization: Bearer TOKEN' '${url}'`),
    el("framecast-snippet", { title: "Players with a login: HTTP Basic, any user name (GET and HEAD only)", wrap: true }, withUser(address("api/stream.mp4", { src: "NAME" }))),
    el("framecast-snippet", { title: "Clients that take only a URL: a share link to one stream", wrap: true }, address("api/stream.mjpeg", { src: "NAME", token: "LINK" })),
    el("p", {}, "POST /api/links makes share links. Pages of this node use the session of the login page."),
    login && el("div", { class: "row" }, el("label", { for: "try-token" }, "Token for the requests of this page"), field, el("p", { class: "hint" }, "Empty: the session of this browser. The token stays in this page.")),
  );
}

/** @param {string} url */
function withUser(url) {
  return url.replace("://", "://user:TOKEN@");
}

/** Names of streams that fields offer. */
export async function streamNames() {
  const streams = await (await ask(address("api/streams"))).json();
  return el("datalist", { id: "stream-names" }, ...Object.keys(streams).map((value) => el("option", { value })));
}

