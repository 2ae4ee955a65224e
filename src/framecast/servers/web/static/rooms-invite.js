// Invitations to a private room: making one, and the list of those that count.

import { base } from "./api.js";
import { el } from "./dom.js";
import { button, Field, input, select, wrongNumber } from "./form-field.js";
import { icon } from "./icons.js";
import { RowList } from "./row-list.js";
import { joinLink, roomApi } from "./rooms-place.js";
import { get, send } from "./send.js";
import { Sheet, showOnce } from "./sheet.js";
import { untilWords } from "./times.js";
import { countWords } from "./words.js";

/**
 * @typedef {{id: string, made_by: string, created_at: number, expires_at: number, uses: number, most_uses: number | null}} Invitation
 */

const DAY_S = 86400;
const MOST_USES = 1000;

/**
 * Ask how long an invitation counts, make it and show its link once.
 * @param {string} key of the room
 * @param {() => void} [onMade]
 */
export async function inviteTo(key, onMade = () => {}) {
  const sheet = new Sheet("Invite to this room");
  const ends = new Field(
    "It ends",
    select("invitation-ends", [
      [String(DAY_S), "in a day"],
      [String(7 * DAY_S), "in a week"],
      [String(30 * DAY_S), "in 30 days"],
      [String(90 * DAY_S), "in 90 days"],
    ]),
  );
  ends.value = String(7 * DAY_S);
  /** @type {Field} */
  const uses = new Field("For how many people", input("invitation-uses", { inputmode: "numeric", placeholder: "any number" }), {
    hint: "Empty: for all who have the link.",
    check: () => (uses.value === "" ? "" : wrongNumber("The number of people", uses.value, 1, MOST_USES, true)),
  });
  sheet.submit("Make a link", async () => {
    if (!uses.isValid()) return uses.control.focus();
    const made = await send("POST", roomApi(key, "invitations"), {}, { expires_s: Number(ends.value), most_uses: uses.value === "" ? null : Number(uses.value) });
    sheet.close();
    onMade();
    await showOnce("Invitation", "Everybody who opens this link may enter the room and read what was said in it.", { label: "Link", secret: joinLink(base.href, made.token) });
  });
  sheet.open(el("p", { class: "muted" }, "You get a link to send."), el("div", { class: "pair" }, ends.element, uses.element));
}

/** The invitations of a room that count. */
export class InvitationList {
  #list = new RowList("person");
  #key;
  element;

  /** @param {string} key */
  constructor(key) {
    this.#key = key;
    const make = el("button", { class: "button primary", type: "button", onclick: () => void inviteTo(key, () => void this.load()) }, icon("add"), "Invite");
    this.element = el("div", { class: "tab-panel" }, el("div", { class: "panel-head" }, el("p", {}, "Links that open this room."), make), this.#list.element);
  }

  async load() {
    await this.#list.attempt(async () => {
      const { invitations } = await get(roomApi(this.#key, "invitations"));
      this.#list.show(invitations, (one) => this.#row(one), ["No invitations", "Make one: you get a link to send."]);
    });
  }

  /** @param {Invitation} one */
  #row(one) {
    const used = one.most_uses ? `used ${one.uses} of ${countWords(one.most_uses, "time", "times")}` : `used ${countWords(one.uses, "time", "times")}`;
    const end = button("Withdraw", () => void this.#end(one.id));
    return el("li", {}, el("div", { class: "row-text" }, el("div", { class: "row-title" }, `Invitation by ${one.made_by}`), el("p", { class: "row-note" }, `${used} · ends ${untilWords(one.expires_at)}`)), el("div", { class: "row-end" }, end));
  }

  /** @param {string} id */
  async #end(id) {
    if (await this.#list.attempt(() => send("DELETE", roomApi(this.#key, "invitations"), { id }))) await this.load();
  }
}
