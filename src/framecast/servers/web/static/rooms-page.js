// <framecast-room-page>: one room. Its key stands in the address of the page: the picture of its stream or video, with the chat beside or below it.

import { address, base, ServerError } from "./api.js";
import { el, say } from "./dom.js";
import { icon } from "./icons.js";
import { roomApi, roomHere } from "./rooms-place.js";
import { openSettings } from "./rooms-settings.js";
import { inviteTo } from "./rooms-invite.js";
import { get, wordsOf } from "./send.js";
import { titleOf } from "./words.js";

/**
 * @typedef {import("./rooms-settings.js").RoomHere} RoomHere
 * @typedef {import("./video-player.js").FramecastVideo} FramecastVideo
 */

class FramecastRoomPage extends HTMLElement {
  #here = roomHere(location.href, base.href);
  #title = el("h1", {}, this.#here.title);
  #back = el("a", { class: "link room-back", hidden: true });
  #settings = el("button", { class: "button", type: "button", hidden: true, onclick: () => void this.#openSettings() }, icon("gear"), el("span", {}, "Settings"));
  #invite = el("button", { class: "button", type: "button", hidden: true, onclick: () => void inviteTo(this.#here.key) }, icon("person"), el("span", {}, "Invite"));
  #stage = el("div", { class: "room-stage", hidden: true });
  #chat = el("div", { class: "card room-chat" });
  #body = el("div", { class: "room-body", "data-kind": this.#here.kind }, this.#stage, this.#chat);

  connectedCallback() {
    this.#name(this.#here.title);
    this.replaceChildren(el("div", { class: "room-head" }, el("div", { class: "room-title" }, this.#title, this.#back), el("div", { class: "page-actions" }, this.#invite, this.#settings)), this.#body);
    void this.#learn();
  }

  /** Ask what this room is to this browser; then show its picture and its chat. */
  async #learn() {
    const { key, kind } = this.#here;
    try {
      this.#know(await get(roomApi(key)));
    } catch (error) {
      return this.#fail(error);
    }
    if (kind === "stream") await this.#showStream();
    else await import("./video-player.js");
    const player = kind === "video" ? this.#showVideo() : null;
    const token = this.#here.query.get("token");
    const room = /** @type {import("./room.js").FramecastRoom} */ (el("framecast-room", { src: key, ...(token ? { token } : {}) }));
    this.#chat.replaceChildren(room);
    if (kind !== "stream") await this.#watchTogether(room, player);
  }

  /**
   * @param {import("./room.js").FramecastRoom} room
   * @param {FramecastVideo | null} player
   */
  async #watchTogether(room, player) {
    const { key, query } = this.#here;
    const video = query.get("watch");
    await customElements.whenDefined("framecast-watch");
    const watch = /** @type {import("./room.js").FramecastWatch} */ (el("framecast-watch"));
    this.#stage.append(watch);
    this.#stage.hidden = false;
    room.player = player;
    watch.addEventListener("player", () => (room.player = watch.player));
    void watch.join(room, player, video ? { video, at: Number(query.get("t")) || 0 } : null);
    if (!video) return;
    history.replaceState(null, "", location.pathname); // a reload goes where the room is then
    if (player === null) void inviteTo(key);
  }

  /** @param {RoomHere} room */
  #know(room) {
    if (room.title) this.#name(room.title);
    this.#settings.hidden = !room.you.may_moderate;
    this.#invite.hidden = !room.you.may_moderate || this.#here.kind !== "private";
  }

  async #showStream() {
    const { name } = this.#here;
    await import("./player.js");
    const token = this.#here.query.get("token");
    this.#stage.replaceChildren(el("framecast-player", { src: name, controls: true, ...(token ? { token } : {}) }));
    this.#stage.hidden = false;
    const stream = await get("api/streams", { src: name }).catch(() => null);
    if (stream) this.#name(titleOf(stream));
    this.#lead(`streams/${encodeURIComponent(name)}`, "Page of the stream");
  }

  #showVideo() {
    const { name } = this.#here;
    const token = this.#here.query.get("token");
    const player = /** @type {FramecastVideo} */ (el("framecast-video", { src: name, preload: "auto", "page-keys": true, ...(token ? { token } : {}) }));
    player.addEventListener("item", () => player.item && this.#name(player.item.title));
    this.#stage.replaceChildren(player);
    this.#stage.hidden = false;
    this.#lead(`videos/${encodeURIComponent(name)}`, "Page of the video");
    return player;
  }

  /**
   * Link to what the room is around.
   * @param {string} path
   * @param {string} words
   */
  #lead(path, words) {
    const token = this.#here.query.get("token") ?? "";
    this.#back.hidden = false;
    this.#back.setAttribute("href", address(path, { token }));
    say(this.#back, words);
  }

  /** @param {string} title */
  #name(title) {
    say(this.#title, title);
    document.title = `${title} · Room · Framecast`;
  }

  async #openSettings() {
    try {
      const room = await get(roomApi(this.#here.key));
      openSettings(room, (changed) => this.#know(changed));
    } catch (error) {
      this.#fail(error);
    }
  }

  /** @param {unknown} error */
  #fail(error) {
    const status = error instanceof ServerError ? error.status : 0;
    if (status === 401) return location.assign(address("login", { next: `rooms/${this.#here.key}` }));
    const isGone = status === 404;
    const again = el("button", { class: "button", type: "button", onclick: () => void this.#again() }, "Try again");
    this.#body.replaceChildren(
      el(
        "section",
        { class: "card nothing-yet room-gone", role: "alert" },
        icon("talk"),
        el("strong", {}, isGone ? "There is no such room" : "The room cannot be shown now"),
        el("p", {}, isGone ? "It was deleted, you may not enter it, or its address is spelled differently. A private room opens by its invitation." : wordsOf(error)),
        isGone ? el("a", { class: "button", href: address("rooms") }, "All rooms") : again,
      ),
    );
  }

  #again() {
    this.#body.replaceChildren(this.#stage, this.#chat);
    return this.#learn();
  }
}

customElements.define("framecast-room-page", FramecastRoomPage);
