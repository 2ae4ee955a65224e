// <framecast-rooms>: the rooms of the one who looks, with what is unread, and the streams, each of which has a room.

import { address } from "./api.js";
import { avatar } from "./avatar.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { badge, RowList } from "./row-list.js";
import { makeRoom } from "./rooms-make.js";
import { roomPath, subjectOf, unreadWords } from "./rooms-place.js";
import { get } from "./send.js";
import { agoWords } from "./times.js";
import { titleOf } from "./words.js";

/**
 * @typedef {object} ListedRoom
 * @property {string} key
 * @property {string} title
 * @property {number} unread
 * @property {number} mentions
 * @property {number} changed_at when something has happened in it last, UTC seconds
 */

const EVERY_MS = 10_000;

class FramecastRooms extends HTMLElement {
  #list = new RowList("talk");
  #streams = new RowList("camera");
  #around = el("section", { class: "rooms-around", hidden: true }, el("h2", {}, "Rooms of streams"), this.#streams.element);
  #more = el("button", { class: "button more-rows", type: "button", hidden: true, onclick: () => void this.#loadMore() }, "Show more");
  /** @type {ListedRoom[]} */
  #rooms = [];
  #next = "";
  #timer = 0;

  connectedCallback() {
    const make = el("button", { class: "button primary for-adding", type: "button", onclick: () => makeRoom() }, icon("add"), "New private room");
    this.replaceChildren(
      el("div", { class: "page-head" }, el("div", {}, el("h1", {}, "Rooms"), el("p", { class: "lead" }, "Talk and watch together, around every stream and video, or in private.")), el("div", { class: "page-actions" }, make)),
      el("div", { class: "tab-panel" }, this.#list.element, this.#more, this.#around),
    );
    void this.#load();
    document.addEventListener("visibilitychange", this.#look);
    this.#timer = window.setInterval(this.#look, EVERY_MS);
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.#look);
    clearInterval(this.#timer);
  }

  #look = () => {
    if (!document.hidden && this.#rooms.length <= PAGE) void this.#load();
  };

  async #load() {
    await this.#list.attempt(async () => {
      const { rooms, next } = await get("api/rooms", { most: PAGE });
      [this.#rooms, this.#next] = [rooms, next ?? ""];
      this.#show();
    });
    await this.#streams.attempt(async () => this.#showStreams(await get("api/streams")));
  }

  async #loadMore() {
    await this.#list.attempt(async () => {
      const { rooms, next } = await get("api/rooms", { most: PAGE, before: this.#next });
      this.#rooms.push(...rooms);
      this.#next = next ?? "";
      this.#show();
    });
  }

  #show() {
    this.#list.show(this.#rooms, (room) => row(room), ["No rooms yet", "Rooms in which you have written, and private rooms of which you are a member, appear here."]);
    this.#more.hidden = !this.#next;
    const unread = this.#rooms.filter((room) => room.unread).length;
    document.title = unread ? `(${unread}) Rooms · Framecast` : "Rooms · Framecast";
  }

  /** Streams whose rooms are not in the list above. @param {Record<string, import("./api.js").Stream>} streams */
  #showStreams(streams) {
    const known = new Set(this.#rooms.map((room) => room.key));
    const others = Object.values(streams).filter((stream) => !known.has(`stream:${stream.name}`));
    this.#around.hidden = others.length === 0;
    this.#streams.show(others, (stream) => streamRow(stream), ["No streams", ""]);
  }
}

const PAGE = 50;

/** @param {ListedRoom} room */
function row(room) {
  const title = room.title || subjectOf(room.key).title;
  const kind = subjectOf(room.key).kind;
  const signs = { stream: "camera", video: "film", private: "" };
  const sign = signs[kind] ? el("span", { class: "avatar", "aria-hidden": "true" }, icon(signs[kind])) : avatar(title);
  const words = { stream: "Stream", video: "Video", private: "Private" };
  return el(
    "li",
    { class: room.unread ? "is-unread" : "" },
    sign,
    el(
      "div",
      { class: "row-text" },
      el("div", { class: "row-title" }, el("a", { class: "link", href: address(roomPath(room.key)) }, title), room.mentions > 0 && badge("Mentions you", "admin")),
      el("p", { class: "row-note" }, `${words[kind]} · ${agoWords(room.changed_at)}`),
    ),
    room.unread > 0 && el("div", { class: "row-end" }, el("span", { class: "unread" }, el("span", { "aria-hidden": "true" }, unreadWords(room.unread)), el("span", { class: "visually-hidden" }, `${room.unread} unread`))),
  );
}

/** @param {import("./api.js").Stream} stream */
function streamRow(stream) {
  return el(
    "li",
    {},
    el("span", { class: "avatar", "aria-hidden": "true" }, icon("camera")),
    el("div", { class: "row-text" }, el("div", { class: "row-title" }, el("a", { class: "link", href: address(roomPath(`stream:${stream.name}`)) }, titleOf(stream)))),
  );
}

customElements.define("framecast-rooms", FramecastRooms);
