// <framecast-account>: what belongs to the person who is signed in: name, password, sessions, tokens.

import { passwordPart } from "./account-password.js";
import { SessionList } from "./session-list.js";
import { el } from "./dom.js";
import { button, Field, input } from "./form-field.js";
import { icon } from "./icons.js";
import { get, send, wordsOf } from "./send.js";
import { ShareList } from "./share-list.js";
import { TokenList } from "./token-list.js";
import { ROLES } from "./who-menu.js";
import { wrongText } from "./stream-texts.js";

/** @typedef {import("./who.js").Me} Me */

class FramecastAccount extends HTMLElement {
  async connectedCallback() {
    this.replaceChildren(el("p", { class: "muted", role: "status" }, "Loading …"));
    try {
      const me = /** @type {Me & {has_password: boolean}} */ (await get("api/me"));
      this.#show(me);
    } catch (error) {
      this.replaceChildren(el("p", { class: "notice bad", role: "alert" }, wordsOf(error)));
    }
  }

  /** @param {Me & {has_password: boolean}} me */
  #show(me) {
    const { account } = me;
    if (!account) {
      this.replaceChildren(
        el("h1", {}, "My account"),
        el("div", { class: "card part" }, el("p", {}, "This browser came in by the access token of the server, which belongs to no account. Sign in with a name and a password to have one.")),
      );
      return;
    }
    const sessions = new SessionList();
    const tokens = new TokenList("", account.role);
    const shares = new ShareList();
    this.replaceChildren(
      el("div", { class: "page-head" }, el("div", {}, el("h1", {}, "My account"), el("p", { class: "lead" }, `Signed in as ${account.name}, ${(ROLES[account.role] ?? account.role).toLowerCase()}.`))),
      namePart(account),
      me.has_password ? passwordPart(account.name, () => void sessions.load()) : "",
      el(
        "section",
        { class: "card part", "aria-labelledby": "sessions-title" },
        el("div", { class: "part-head" }, el("h2", { id: "sessions-title" }, "Where you are signed in"), sessions.endOthers),
        sessions.element,
      ),
      el(
        "section",
        { class: "card part", "aria-labelledby": "tokens-title" },
        el("div", { class: "part-head" }, el("h2", { id: "tokens-title" }, "Tokens"), el("button", { class: "button", type: "button", onclick: () => void tokens.make() }, icon("add"), "New token")),
        el("p", {}, "For programs, players and Home Assistant. A token has at most your rights, and ends with them."),
        tokens.element,
      ),
      account.role === "viewer"
        ? ""
        : el(
          "section",
          { class: "card part", "aria-labelledby": "shares-title" },
          el("div", { class: "part-head" }, el("h2", { id: "shares-title" }, "Shared pages"), el("button", { class: "button", type: "button", onclick: () => void shares.make() }, icon("add"), "New link")),
          el("p", {}, "The link to a shared page shows one stream or one video to somebody without an account, behind a password if you want. It ends with your right to see it."),
          shares.element,
        ),
    );
    if (account.role !== "viewer") void shares.load();
    void sessions.load();
    void tokens.load();
    void fillFactors();
  }
}

/** @param {{name: string, display_name: string}} account */
function namePart(account) {
  /** @type {Field} */
  const field = new Field("Display name", input("display-name", { autocomplete: "name", autocapitalize: "words" }), {
    hint: "What other people see. Empty: your name.",
    check: () => wrongText("Display name", field.value),
  });
  field.value = account.display_name;
  const status = el("p", { class: "hint", role: "status" });
  const save = async () => {
    if (!field.isValid()) return;
    try {
      await send("PATCH", "api/me", {}, { display_name: field.value });
      status.textContent = "Saved.";
    } catch (error) {
      field.fail(wordsOf(error));
    }
  };
  const form = el("form", { novalidate: true }, field.element, button("Save", () => void save()), status);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void save();
  });
  return el("section", { class: "card part", "aria-labelledby": "name-title" }, el("h2", { id: "name-title" }, "Name"), form);
}

/** What signs in beside the password. */
async function fillFactors() {
  const section = document.getElementById("second-factors");
  if (!section) return;
  const { fillSecondFactors } = await import("./second-factors.js");
  await fillSecondFactors(section);
}

customElements.define("framecast-account", FramecastAccount);
