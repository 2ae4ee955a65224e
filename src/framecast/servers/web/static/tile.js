// <framecast-tile>: one stream on the wall: its picture, name, state and facts; a link to its page.

import { address } from "./api.js";
import { el, noSignalSign, say } from "./dom.js";
import { FramecastView } from "./view.js";
import { countWords, hasPictures, rateWords, sizeWords, stateWord } from "./words.js";

/** @typedef {import("./api.js").Stream} Stream */

const WIDTH = "640";

export class FramecastTile extends HTMLElement {
  #view = /** @type {FramecastView} */ (el("framecast-view", { width: WIDTH }));
  #blank = el("div", { class: "veil" }, noSignalSign(), el("strong", {}, "No picture"), el("span", {}, "This stream carries data only."));
  #link = el("a");
  #state = el("span", { class: "state" });
  #facts = el("p", { class: "tile-facts" });

  connectedCallback() {
    if (this.#link.parentNode) return;
    this.classList.add("card");
    const name = el("h2", { class: "tile-name" }, this.#link);
    this.append(this.#view, el("div", { class: "tile-foot" }, name, this.#state, this.#facts));
  }

  /** @param {Stream} stream */
  show(stream) {
    if (this.#link.textContent !== stream.name) {
      this.#link.setAttribute("href", address(`streams/${encodeURIComponent(stream.name)}`));
      say(this.#link, stream.name);
    }
    this.#showPicture(hasPictures(stream) ? stream.name : "");
    this.#view.setServer(true);
    this.#state.dataset.state = stream.state;
    say(this.#state, stateWord(stream.state));
    say(this.#facts, factsOf(stream));
    this.#facts.classList.toggle("wrong", stream.message !== "");
    this.#facts.title = stream.message;
  }

  /** @param {boolean} isThere */
  setServer(isThere) {
    this.#view.setServer(isThere);
  }

  /** @param {string} name '' where the stream has no pictures */
  #showPicture(name) {
    if (this.#view.src !== name) this.#view.setAttribute("src", name);
    if (name) this.#blank.remove();
    else if (!this.#blank.parentNode) this.#view.append(this.#blank);
  }
}

/** @param {Stream} stream */
function factsOf(stream) {
  if (stream.message) return stream.message[0].toUpperCase() + stream.message.slice(1);
  const readers = stream.readers ? countWords(stream.readers, "reader", "readers") : "";
  return [sizeWords(stream), rateWords(stream), readers].filter(Boolean).join(" · ") || "\u00a0";
}

customElements.define("framecast-tile", FramecastTile);
