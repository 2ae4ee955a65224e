// The last picture of a stream whose source was away before the page was opened: the server keeps one, and says when it was captured.

/**
 * @import {FramecastPlayer} from "./element.js"
 * @import {Message} from "./transport.js"
 * @import {View} from "./view.js"
 */

export class LastPicture {
  #player;
  #view;
  /** The address of the picture that was asked for. */
  #asked = "";

  /** @param {FramecastPlayer} player @param {View} view */
  constructor(player, view) {
    this.#player = player;
    this.#view = view;
    player.addEventListener("message", (event) => this.#onMessage(/** @type {CustomEvent<Message>} */ (event).detail));
  }

  /** The player shows something else from now on. */
  forget() {
    this.#asked = "";
  }

  /** @param {Message} message */
  #onMessage({ type, value }) {
    if (type === "framecast/state" && value.last_ms && !this.#view.hasPicture) void this.#recall(value.last_ms);
  }

  /** @param {number} at when it was captured, UTC ms: another picture has another address */
  async #recall(at) {
    const { src, server, token } = this.#player;
    const url = new URL(`api/last.jpeg?${new URLSearchParams({ src, at: String(at), ...(token && { token }) })}`, server);
    if (this.#asked === url.href) return;
    this.#asked = url.href;
    const image = new Image();
    image.src = url.href;
    try {
      await image.decode();
    } catch {
      return; // it is not kept any more
    }
    if (this.#asked === url.href) this.#view.recall(image);
  }
}
