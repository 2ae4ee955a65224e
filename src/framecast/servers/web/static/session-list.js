// The sessions of a person: where they are signed in, and the buttons that end one or all others.

import { confirmed } from "./confirm.js";
import { el } from "./dom.js";
import { button } from "./form-field.js";
import { get, send, wordsOf } from "./send.js";
import { agentWords, agoWords, momentWords } from "./times.js";

/** @typedef {{id: string, agent: string, address: string, created_at: number, used_at: number, expires_at: number, is_this: boolean}} Session */

export class SessionList {
  element = el("ul", { class: "rows part-rows" });
  endOthers = button("Sign out everywhere else", () => void this.#endOthers());

  async load() {
    try {
      const { sessions } = await get("api/me/sessions");
      this.#show(sessions);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** @param {Session[]} sessions */
  #show(sessions) {
    this.endOthers.hidden = sessions.length < 2;
    this.element.replaceChildren(...sessions.map((one) => this.#row(one)));
  }

  /** @param {Session} session */
  #row(session) {
    const title = agentWords(session.agent);
    const end = button("Sign out", () => void this.#do(() => send("DELETE", "api/me/sessions", { id: session.id })));
    end.setAttribute("aria-label", `Sign out ${title}`);
    return el(
      "li",
      {},
      el(
        "div",
        { class: "row-text" },
        el("div", { class: "row-title" }, title, session.is_this && el("span", { class: "badge", "data-kind": "good" }, "This browser")),
        el("p", { class: "row-note", title: `Signed in ${momentWords(session.created_at)}` }, `${session.address || "unknown address"}, last seen ${agoWords(session.used_at)}`),
      ),
      el("div", { class: "row-end" }, session.is_this ? null : end),
    );
  }

  async #endOthers() {
    const words = "Every other browser in which you are signed in is signed out within a second, and its streams end.";
    if (await confirmed("Sign out everywhere else?", words, "Sign out")) await this.#do(() => send("DELETE", "api/me/sessions"));
  }

  /** @param {() => Promise<unknown>} what */
  async #do(what) {
    try {
      await what();
      await this.load();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** @param {unknown} error */
  #fail(error) {
    this.element.prepend(el("li", {}, el("p", { class: "error", role: "alert" }, wordsOf(error))));
  }
}
