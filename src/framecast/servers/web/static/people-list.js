// The tab "People": everybody with an account, and invitations that were not used yet.

import { avatar } from "./avatar.js";
import { el } from "./dom.js";
import { button } from "./form-field.js";
import { icon } from "./icons.js";
import { invite } from "./invite-sheet.js";
import { Menu } from "./menu.js";
import { itemsOf, openPerson } from "./person-actions.js";
import { badge, moreButton, RowList } from "./row-list.js";
import { get, send } from "./send.js";
import { seenWords, untilWords } from "./times.js";
import { ROLES } from "./who-menu.js";
import { countWords } from "./words.js";

/**
 * @typedef {object} Person
 * @property {string} id
 * @property {string} name
 * @property {string} display_name
 * @property {string} role
 * @property {boolean} is_service a program or a screen
 * @property {boolean} locked
 * @property {boolean} has_second_factor
 * @property {number} created_at
 * @property {number | null} seen_at
 * @property {string[]} streams that it owns
 * @property {number} videos how many it owns
 * @property {string[]} groups of people
 *
 * @typedef {{id: string, role: string, groups: string[], created_at: number, expires_at: number}} Invitation
 */

const PAGE = 100;
const TYPED_MS = 200;

export class PeopleList {
  #list = new RowList();
  #menu = new Menu();
  #search = /** @type {HTMLInputElement} */ (el("input", { type: "search", placeholder: "Search", "aria-label": "Search people", autocomplete: "off", spellcheck: "false" }));
  #more = button("Show more", () => void this.#loadMore(), "button more-rows");
  #invitations = el("div", { class: "card", hidden: true });
  /** @type {Person[]} */
  #people = [];
  #next = "";
  #me = "";
  #typed = 0;
  element;

  constructor() {
    this.#search.addEventListener("input", () => {
      clearTimeout(this.#typed);
      this.#typed = setTimeout(() => void this.load(), TYPED_MS);
    });
    const add = el("button", { class: "button primary", type: "button", onclick: () => void this.#invite() }, icon("add"), "Invite");
    this.element = el(
      "div",
      { class: "tab-panel" },
      el("div", { class: "panel-head" }, el("label", { class: "search-box" }, icon("search"), this.#search), add),
      this.#list.element,
      this.#more,
      this.#invitations,
      this.#menu.element,
    );
    this.#more.hidden = true;
  }

  async load() {
    await this.#list.attempt(async () => {
      const [{ people, next }, { invitations }, me] = await Promise.all([get("api/people", { q: this.#search.value.trim(), limit: PAGE }), get("api/invitations"), get("api/me")]);
      [this.#people, this.#next, this.#me] = [people, next, me.account?.id ?? ""];
      this.#show();
      this.#showInvitations(invitations);
    });
  }

  async #loadMore() {
    await this.#list.attempt(async () => {
      const { people, next } = await get("api/people", { q: this.#search.value.trim(), limit: PAGE, after: this.#next });
      this.#people.push(...people);
      this.#next = next;
      this.#show();
    });
  }

  #show() {
    const words = this.#search.value ? "Search for another name." : "Invite the first one: you get a link to send.";
    this.#list.show(this.#people, (one) => this.#row(one), [this.#search.value ? "Nobody matches" : "Nobody yet", words]);
    this.#more.hidden = !this.#next;
  }

  /** @param {Person} person */
  #row(person) {
    const title = person.display_name || person.name;
    const open = el("button", { class: "link", type: "button", onclick: () => void openPerson(person, () => void this.load()) }, title);
    const notes = [person.display_name ? person.name : "", person.groups.join(", "), person.streams.length ? `owns ${countWords(person.streams.length, "stream", "streams")}` : ""];
    return el(
      "li",
      {},
      avatar(title),
      el(
        "div",
        { class: "row-text" },
        el(
          "div",
          { class: "row-title" },
          open,
          badge(ROLES[person.role] ?? person.role, person.role),
          person.id === this.#me && badge("You"),
          person.locked && badge("Locked", "bad"),
        ),
        el("p", { class: "row-note" }, [...notes, seenWords(person.seen_at)].filter(Boolean).join(" · ")),
      ),
      el(
        "div",
        { class: "row-end" },
        moreButton(`More for ${title}`, (place) => this.#menu.open(place, title, itemsOf(person, person.id === this.#me, (what) => void this.#do(what), () => void this.load()))),
      ),
    );
  }

  /** @param {() => Promise<unknown>} what */
  async #do(what) {
    if (await this.#list.attempt(what)) await this.load();
  }

  async #invite() {
    await this.#list.attempt(() => invite());
    await this.load();
  }

  /** @param {Invitation[]} found */
  #showInvitations(found) {
    this.#invitations.hidden = found.length === 0;
    const rows = found.map((one) => {
      const end = button("Withdraw", () => void this.#do(() => send("DELETE", "api/invitations", { id: one.id })));
      return el(
        "li",
        {},
        el("span", { class: "avatar", "aria-hidden": "true" }, icon("person")),
        el(
          "div",
          { class: "row-text" },
          el("div", { class: "row-title" }, "Invitation", badge(ROLES[one.role] ?? one.role, one.role)),
          el("p", { class: "row-note" }, [one.groups.join(", "), `ends ${untilWords(one.expires_at)}`].filter(Boolean).join(" · ")),
        ),
        el("div", { class: "row-end" }, end),
      );
    });
    this.#invitations.replaceChildren(el("ul", { class: "rows", "aria-label": "Invitations" }, ...rows));
  }
}
