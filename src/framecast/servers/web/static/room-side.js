// The chat on the page of a stream or of a video: a panel beside the player, below it on a phone. It is closed at first, and remembered;
// while it is closed nothing is loaded and nothing is connected.

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { get } from "./send.js";

/** @typedef {import("./room.js").FramecastRoom} FramecastRoom */

const OPEN = "framecast-chat-open";

export class RoomSide {
  #button = el("button", { class: "room-side-open", type: "button", "aria-expanded": "false", onclick: () => void this.#open(true) }, icon("talk"), el("span", {}, "Chat"), icon("down"));
  element = el("section", { class: "card room-side", "aria-label": "Chat", hidden: true }, this.#button);
  /** @type {FramecastRoom | null} */
  room = null;
  #key;
  #player;
  #token;
  /** The chat is there, or not there any more. @type {(room: FramecastRoom | null) => void} */
  onRoom = () => {};

  /**
   * @param {string} key
   * @param {{currentTime: number} | null} [player] a stored video, beside which the chat can replay
   * @param {string} [token] of a share link
   */
  constructor(key, player = null, token = "") {
    this.#key = key;
    this.#player = player;
    this.#token = token;
  }

  /** Show itself, if people can talk on this node. */
  async start() {
    const facts = await get("api").catch(() => null);
    if (!facts?.rooms) return;
    this.element.hidden = false;
    if (isRemembered()) await this.#open(false);
  }

  /** @param {boolean} isAsked by somebody here, who goes on in it */
  async #open(isAsked) {
    await import("./room.js");
    if (this.room) return;
    const room = /** @type {FramecastRoom} */ (el("framecast-room", { src: this.#key, closable: true, ...(this.#token ? { token: this.#token } : {}) }));
    if (this.#player) room.player = this.#player;
    room.addEventListener("close", () => this.#close());
    this.room = room;
    this.element.replaceChildren(room);
    remember(true);
    this.onRoom(room);
    if (isAsked) room.focus();
  }

  #close() {
    this.room = null;
    this.element.replaceChildren(this.#button);
    remember(false);
    this.onRoom(null);
    this.#button.focus();
  }
}

function isRemembered() {
  try {
    return localStorage.getItem(OPEN) === "1";
  } catch {
    return false;
  }
}

/** @param {boolean} isOpen */
function remember(isOpen) {
  try {
    if (isOpen) localStorage.setItem(OPEN, "1");
    else localStorage.removeItem(OPEN);
  } catch {
    // The page may not keep anything.
  }
}
