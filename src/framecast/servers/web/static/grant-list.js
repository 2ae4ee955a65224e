// The tab "Access to streams": who may see, control, record, talk and publish on which stream or group of streams.

import { el } from "./dom.js";
import { makeGrant } from "./grant-sheet.js";
import { bySubject, rightWord, targetWords } from "./grant-texts.js";
import { icon } from "./icons.js";
import { RowList } from "./row-list.js";
import { get, send } from "./send.js";

/** @typedef {import("./grant-texts.js").Grant} Grant */

export class GrantList {
  #list = new RowList();
  element;

  constructor() {
    const add = el("button", { class: "button primary", type: "button", onclick: () => void this.#make() }, icon("add"), "Grant access");
    const words = "Admins may do everything, members everything with what they own. All others have what stands here.";
    this.element = el("div", { class: "tab-panel" }, el("div", { class: "panel-head" }, el("p", {}, words), add), this.#list.element);
  }

  async load() {
    await this.#list.attempt(async () => {
      const { grants } = await get("api/grants");
      this.#list.show(bySubject(grants), (one) => this.#row(one.words, one.grants), ["Nothing is granted", "Viewers see no stream until you grant them one."]);
    });
  }

  async #make() {
    await this.#list.attempt(() => makeGrant());
    await this.load();
  }

  /**
   * @param {string} words
   * @param {Grant[]} grants
   */
  #row(words, grants) {
    const chips = grants.map((grant) => {
      const text = `${rightWord(grant.right)} ${targetWords(grant)}`;
      const end = el("button", { class: "tag-end", type: "button", "aria-label": `End: ${words}, ${text}`, title: "End this grant", onclick: () => void this.#end(grant) }, icon("close"));
      return el("li", { class: "tag" }, el("span", {}, text), end);
    });
    return el("li", {}, el("span", { class: "avatar", "aria-hidden": "true" }, icon("person")), el("div", { class: "row-text" }, el("div", { class: "row-title" }, words), el("ul", { class: "tags", "aria-label": `Granted to ${words}` }, ...chips)));
  }

  /** @param {Grant} grant */
  async #end(grant) {
    await this.#list.attempt(() => send("DELETE", "api/grants", { id: grant.id }));
    await this.load();
  }
}
