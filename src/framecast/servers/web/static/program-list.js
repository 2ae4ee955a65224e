// The tab "Programs and screens": accounts that sign in by tokens only.

import { confirmed } from "./confirm.js";
import { el } from "./dom.js";
import { Field, input, select } from "./form-field.js";
import { icon } from "./icons.js";
import { Menu } from "./menu.js";
import { openPerson, remove } from "./person-actions.js";
import { badge, moreButton, RowList } from "./row-list.js";
import { get, send } from "./send.js";
import { Sheet } from "./sheet.js";
import { seenWords } from "./times.js";
import { makeToken } from "./token-form.js";
import { wrongAccountName } from "./account-rules.js";
import { ROLES } from "./who-menu.js";

/** @typedef {import("./people-list.js").Person} Person */

/** What a program is for: the role of its account, and what its first token may do. @type {Record<string, {words: string, role: string, kinds: string[], scopes: string[]}>} */
const PRESETS = {
  screen: { words: "A screen on the wall", role: "viewer", kinds: ["screen"], scopes: ["watch", "read"] },
  relay: { words: "Another Framecast node", role: "viewer", kinds: ["api"], scopes: ["relay"] },
  publisher: { words: "A program that publishes a stream", role: "viewer", kinds: ["api"], scopes: ["publish", "read"] },
  watcher: { words: "A program that watches, such as a detector or Home Assistant", role: "viewer", kinds: ["api", "media"], scopes: ["watch", "read"] },
  metrics: { words: "Prometheus", role: "viewer", kinds: ["api"], scopes: ["metrics"] },
};

export class ProgramList {
  #list = new RowList();
  #menu = new Menu();
  element;

  constructor() {
    const add = el("button", { class: "button primary", type: "button", onclick: () => void this.#make() }, icon("add"), "Add");
    const words = "They sign in by tokens, never by a password, and see what is granted to them.";
    this.element = el("div", { class: "tab-panel" }, el("div", { class: "panel-head" }, el("p", {}, words), add), this.#list.element, this.#menu.element);
  }

  async load() {
    await this.#list.attempt(async () => {
      const { people } = await get("api/people", { limit: 500, services: 1 });
      const programs = people.filter((/** @type {Person} */ one) => one.is_service);
      this.#list.show(programs, (one) => this.#row(one), ["No programs", "Add Prometheus, another node, or a screen on the wall."]);
    });
  }

  /** @param {Person} program */
  #row(program) {
    const title = program.display_name || program.name;
    const open = el("button", { class: "link", type: "button", onclick: () => void openPerson(program, () => void this.load()) }, title);
    const note = [program.display_name ? program.name : "", program.groups.join(", "), seenWords(program.seen_at)].filter(Boolean).join(" · ");
    return el(
      "li",
      {},
      el("span", { class: "avatar", "aria-hidden": "true" }, icon("program")),
      el("div", { class: "row-text" }, el("div", { class: "row-title" }, open, badge(ROLES[program.role] ?? program.role, program.role), program.locked && badge("Locked", "bad")), el("p", { class: "row-note" }, note)),
      el("div", { class: "row-end" }, moreButton(`More for ${title}`, (place) => this.#menu.open(place, title, this.#items(program)))),
    );
  }

  /** @param {Person} program @returns {import("./menu.js").Item[]} */
  #items(program) {
    const change = (/** @type {() => Promise<unknown>} */ what) => void this.#list.attempt(what).then(() => this.load());
    const lock = async () => {
      if (await confirmed(`Lock ${program.name}?`, "Its connections end within a second, and its tokens open nothing.", "Lock")) await send("PATCH", "api/people", { id: program.id }, { locked: true });
    };
    return [
      { words: "Details and tokens", run: () => void openPerson(program, () => void this.load()) },
      { words: "New token", run: () => change(() => makeToken({ account: program.id, role: program.role, kinds: ["api", "media", "screen"] })) },
      program.locked ? { words: "Unlock", run: () => change(() => send("PATCH", "api/people", { id: program.id }, { locked: false })) } : { words: "Lock", run: () => change(lock) },
      { words: "Delete …", isGrave: true, run: () => change(() => remove(program)) },
    ];
  }

  async #make() {
    const sheet = new Sheet("Add a program or a screen");
    const kind = new Field("What is it?", select("program-kind", Object.entries(PRESETS).map(([key, { words }]) => [key, words])));
    /** @type {Field} */
    const name = new Field("Name", input("program-name", { placeholder: "kitchen-screen" }), { hint: "Letters, digits, dots, dashes and underscores.", check: () => wrongAccountName(name.value) });
    /** @type {Person | null} */
    let made = null;
    sheet.submit("Go on to its token", async () => {
      if (!name.isValid()) return name.control.focus();
      made = await send("POST", "api/people", {}, { name: name.value, role: PRESETS[kind.value].role });
      sheet.close();
    });
    await new Promise((resolve) => {
      sheet.onClose = () => resolve(undefined);
      sheet.open(kind.element, name.element);
    });
    const program = /** @type {Person | null} */ (made);
    if (program) {
      const { role, kinds, scopes } = PRESETS[kind.value];
      await this.#list.attempt(() => makeToken({ account: program.id, role, kinds, scopes, title: `Token for ${program.name}`, label: program.name }));
    }
    await this.load();
  }
}
