// The members of a room and their roles, in its settings.

import { avatar } from "./avatar.js";
import { confirmed } from "./confirm.js";
import { el } from "./dom.js";
import { Menu } from "./menu.js";
import { badge, moreButton, RowList } from "./row-list.js";
import { roomApi } from "./rooms-place.js";
import { get, send } from "./send.js";

/**
 * @typedef {{id: string, name: string, role: import("./rooms-texts.js").Role}} Member
 * @typedef {import("./rooms-settings.js").RoomHere} RoomHere
 */

/** @type {Record<string, string>} */
const WORDS = { owner: "Owner", moderator: "Moderator", member: "Member", guest: "Guest" };

export class MemberList {
  #list = new RowList();
  #menu = new Menu();
  #room;
  element = el("div", { class: "tab-panel" }, this.#list.element, this.#menu.element);

  /** @param {RoomHere} room */
  constructor(room) {
    this.#room = room;
  }

  async load() {
    await this.#list.attempt(async () => {
      const { members } = await get(roomApi(this.#room.key, "members"));
      this.#list.show(members, (one) => this.#row(one), ["Nobody yet", "People appear here after they have entered by an invitation, or were made moderators in the chat."]);
    });
  }

  /** @param {Member} one */
  #row(one) {
    const isMe = one.id === this.#room.you.id;
    const items = this.#items(one);
    return el(
      "li",
      {},
      avatar(one.name),
      el("div", { class: "row-text" }, el("div", { class: "row-title" }, one.name, badge(WORDS[one.role] ?? one.role, one.role === "owner" ? "admin" : ""), isMe && badge("You"))),
      items.length > 0 && !isMe && el("div", { class: "row-end" }, moreButton(`More for ${one.name}`, (place) => this.#menu.open(place, one.name, items))),
    );
  }

  /** @param {Member} one @returns {import("./menu.js").Item[]} */
  #items(one) {
    if (one.role === "owner") return [];
    const isOwner = this.#room.you.role === "owner";
    const roles = isOwner
      ? one.role === "moderator"
        ? [{ words: "Take the role of a moderator", run: () => void this.#do(() => this.#change(one, "member")) }]
        : [{ words: "Make a moderator", note: "May delete messages, mute and ban people, and change these settings.", run: () => void this.#do(() => this.#change(one, "moderator")) }]
      : [];
    return [...roles, { words: "Remove …", isGrave: true, run: () => void this.#remove(one) }];
  }

  /**
   * @param {Member} one
   * @param {string} role
   */
  #change(one, role) {
    return send("PATCH", roomApi(this.#room.key, "members", one.id), {}, { role });
  }

  /** @param {Member} one */
  async #remove(one) {
    const words = this.#room.key.startsWith("room:") ? "A new invitation lets them in again; a ban in the chat keeps them out." : "Their role is gone. What they have said stays.";
    if (await confirmed(`Remove ${one.name} from this room?`, words, "Remove")) await this.#do(() => send("DELETE", roomApi(this.#room.key, "members", one.id)));
  }

  /** @param {() => Promise<unknown>} what */
  async #do(what) {
    if (await this.#list.attempt(what)) await this.load();
  }
}
