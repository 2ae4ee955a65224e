// The tokens of an account, as rows with a button that ends them.

import { confirmed } from "./confirm.js";
import { el } from "./dom.js";
import { button } from "./form-field.js";
import { get, send, wordsOf } from "./send.js";
import { agoWords, untilWords } from "./times.js";
import { makeToken } from "./token-form.js";
import { tokenWords } from "./token-texts.js";

/** @typedef {import("./token-texts.js").Token} Token */

export class TokenList {
  #account;
  #role;
  element = el("ul", { class: "rows part-rows" });

  /**
   * @param {string} account its id; "" is the own one
   * @param {string} role of the account
   */
  constructor(account, role) {
    this.#account = account;
    this.#role = role;
  }

  async load() {
    try {
      const { tokens } = await get("api/tokens", { account: this.#account });
      this.#show(tokens);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Open the form for a new token. */
  async make() {
    await makeToken({ account: this.#account, role: this.#role });
    await this.load();
  }

  /** @param {Token[]} tokens */
  #show(tokens) {
    const none = el("li", { class: "nothing-yet" }, el("strong", {}, "No tokens"), el("p", {}, "A program signs in with a token instead of a password."));
    this.element.replaceChildren(...(tokens.length ? tokens.map((one) => this.#row(one)) : [none]));
  }

  /** @param {Token} token */
  #row(token) {
    const isOver = token.expires_at !== null && token.expires_at * 1000 <= Date.now();
    const end = button("End", () => void this.#end(token));
    end.setAttribute("aria-label", `End ${token.name}`);
    const life = isOver ? "expired" : token.expires_at === null ? "no expiry" : `ends ${untilWords(token.expires_at)}`;
    return el(
      "li",
      {},
      el(
        "div",
        { class: "row-text" },
        el("div", { class: "row-title" }, token.name, isOver && el("span", { class: "badge", "data-kind": "bad" }, "Expired")),
        el("p", { class: "row-note" }, tokenWords(token)),
        el("p", { class: "row-note" }, `Last used ${agoWords(token.used_at)}, ${life}`),
      ),
      el("div", { class: "row-end" }, end),
    );
  }

  /** @param {Token} token */
  async #end(token) {
    if (!(await confirmed(`End ${token.name}?`, "Whatever uses this token loses its connection within a second.", "End the token"))) return;
    try {
      await send("DELETE", "api/tokens", { id: token.id });
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
