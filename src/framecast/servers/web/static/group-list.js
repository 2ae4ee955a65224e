// The tab "Groups": groups of people. What is granted to a group, all its members have.

import { Choices } from "./choice.js";
import { confirmed } from "./confirm.js";
import { el } from "./dom.js";
import { Field, input } from "./form-field.js";
import { icon } from "./icons.js";
import { Menu } from "./menu.js";
import { moreButton, RowList } from "./row-list.js";
import { get, send } from "./send.js";
import { Sheet } from "./sheet.js";
import { wrongText } from "./stream-texts.js";
import { countWords } from "./words.js";

/**
 * @typedef {{id: string, name: string, display_name: string}} Member
 * @typedef {{id: string, name: string, members: Member[]}} Group
 */

const MOST_NAMES = 6;

export class GroupList {
  #list = new RowList();
  #menu = new Menu();
  element;

  constructor() {
    const add = el("button", { class: "button primary", type: "button", onclick: () => void this.#make() }, icon("add"), "New group");
    this.element = el("div", { class: "tab-panel" }, el("div", { class: "panel-head" }, el("p", {}, "What is granted to a group, all its members have."), add), this.#list.element, this.#menu.element);
  }

  async load() {
    await this.#list.attempt(async () => {
      const { groups } = await get("api/groups");
      this.#list.show(groups, (one) => this.#row(one), ["No groups", "A group such as “Family” spares you granting the same to each person."]);
    });
  }

  /** @param {Group} group */
  #row(group) {
    const names = group.members.slice(0, MOST_NAMES).map((one) => one.display_name || one.name);
    const more = group.members.length - names.length;
    const open = el("button", { class: "link", type: "button", onclick: () => void this.#members(group) }, group.name);
    return el(
      "li",
      {},
      el("span", { class: "avatar", "aria-hidden": "true" }, icon("person")),
      el(
        "div",
        { class: "row-text" },
        el("div", { class: "row-title" }, open),
        el("p", { class: "row-note" }, names.length ? names.join(", ") + (more > 0 ? ` and ${more} more` : "") : "no members"),
      ),
      el("div", { class: "row-end" }, el("span", { class: "row-side" }, countWords(group.members.length, "member", "members")), moreButton(`More for ${group.name}`, (place) => this.#menu.open(place, group.name, this.#items(group)))),
    );
  }

  /** @param {Group} group @returns {import("./menu.js").Item[]} */
  #items(group) {
    const words = "What was granted to it, its members lose within a second. The people stay.";
    return [
      { words: "Members", run: () => void this.#members(group) },
      {
        words: "Delete …",
        isGrave: true,
        run: async () => {
          if (!(await confirmed(`Delete ${group.name}?`, words, "Delete"))) return;
          await this.#list.attempt(() => send("DELETE", "api/groups", { id: group.id }));
          await this.load();
        },
      },
    ];
  }

  async #make() {
    const sheet = new Sheet("New group");
    /** @type {Field} */
    const name = new Field("Name", input("group-name", { placeholder: "Family", autocapitalize: "words" }), { check: () => (name.value ? wrongText("Name", name.value) : "Enter a name.") });
    sheet.submit("Make the group", async () => {
      if (!name.isValid()) return name.control.focus();
      await send("POST", "api/groups", {}, { name: name.value });
      sheet.close();
    });
    sheet.onClose = () => void this.load();
    sheet.open(name.element);
  }

  /** @param {Group} group */
  async #members(group) {
    await this.#list.attempt(async () => {
      const { people } = await get("api/people", { limit: 500 });
      const sheet = new Sheet(group.name);
      const before = group.members.map((one) => one.id);
      const chosen = new Choices(
        "Members",
        people.map((/** @type {Member} */ one) => [one.id, one.display_name || one.name, one.display_name ? one.name : ""]),
        { chosen: before },
      );
      sheet.submit("Save", async () => {
        const now = chosen.values;
        for (const account of now.filter((one) => !before.includes(one))) await send("PUT", "api/groups/members", { id: group.id, account });
        for (const account of before.filter((one) => !now.includes(one))) await send("DELETE", "api/groups/members", { id: group.id, account });
        sheet.close();
      });
      sheet.onClose = () => void this.load();
      sheet.open(chosen.element);
    });
  }
}
