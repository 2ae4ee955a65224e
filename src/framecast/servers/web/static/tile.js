// <framecast-tile>: one stream on the wall: its player, name, state, frame rate, latency and buttons.
//
// Its events bubble: `tile-large`, `tile-sound`, `tile-menu` (detail: the button) for what the user wants, `tile-state` after a change
// of its state. The player holds no connection out of sight, and shows by itself when there is no signal.

import { address } from "./api.js";
import { el, say } from "./dom.js";
import { icon } from "./icons.js";
import { FramecastPlayer } from "./player.js";
import { hasPictures, hasSound, seenState, sizeWords, stateWord, trim } from "./words.js";

/**
 * @typedef {import("./api.js").Stream} Stream
 * @typedef {import("./player.js").Transport} Transport
 * @typedef {import("./player.js").Figures} Figures
 */

// Of JPEG pictures, for browsers that play nothing else.
const WIDTH = "640";

export class FramecastTile extends HTMLElement {
  /** @type {Stream | null} */
  stream = null;
  #transport;
  #player = /** @type {FramecastPlayer} */ (el("framecast-player", { muted: true, "no-audio": true, width: WIDTH }));
  #blankWords = el("span");
  #blank = el("div", { class: "veil" }, icon("no-signal"), el("strong", {}, "No video"), this.#blankWords);
  #grip = el("span", { class: "tile-grip tool", "aria-hidden": "true", title: "Drag to move" }, icon("grip"));
  #sound = tool("quiet", "Sound", () => this.#emit("tile-sound"));
  #grow = tool("grow", "Show large", () => this.#emit("tile-large"));
  #more = tool("more", "More", () => this.#emit("tile-menu", this.#more));
  #picture = el("div", { class: "tile-picture" }, this.#grip, el("div", { class: "tile-tools" }, this.#sound, this.#grow, this.#more));
  #link = el("a", { draggable: "false" });
  #state = el("span", { class: "state" });
  #figures = el("span", { class: "tile-figures" });
  #isLarge = false;
  #isUnknown = false;
  #shownState = "";
  #hasSound = false;

  /** @param {Transport} [transport] */
  constructor(transport) {
    super();
    this.#transport = transport;
    this.#player.addEventListener("stats", (event) => this.#onStats(/** @type {CustomEvent<Figures>} */ (event).detail));
    this.#player.addEventListener("state", () => {
      if (this.#player.state !== "live") this.#showFigures(this.stream?.message || this.stream?.note || "");
      this.#showState();
    });
    this.#picture.addEventListener("dblclick", (event) => {
      if (!(/** @type {Element} */ (event.target).closest("button, a"))) this.#emit("tile-large");
    });
    this.#more.setAttribute("aria-haspopup", "menu");
    this.#more.setAttribute("aria-expanded", "false");
    this.#sound.setAttribute("aria-pressed", "false");
  }

  connectedCallback() {
    if (this.#link.parentNode) return;
    this.classList.add("card");
    this.setAttribute("role", "group");
    this.append(this.#picture, el("div", { class: "tile-foot" }, this.#state, el("h2", { class: "tile-name" }, this.#link), this.#figures));
    this.setCurrent(false);
  }

  // With this method, browsers that can move elements (`moveBefore`) do not interrupt the video.
  connectedMoveCallback() {}

  /** The stream's name. */
  get name() {
    return this.stream?.name ?? "";
  }

  /** True if its player should show pictures but has none. */
  get hasNoSignal() {
    return this.#shownState === "nosignal";
  }

  /** True while its sound is on. */
  get hasSound() {
    return this.#hasSound;
  }

  /** @param {Stream} stream */
  show(stream) {
    if (this.name !== stream.name) {
      this.#link.setAttribute("href", address(`streams/${encodeURIComponent(stream.name)}`));
      say(this.#link, stream.name);
    }
    this.stream = stream;
    this.#isUnknown = false;
    this.#sound.hidden = !hasSound(stream) || !hasPictures(stream);
    this.#showPicture(hasPictures(stream));
    this.#showState();
    this.classList.toggle("is-wrong", stream.message !== "");
    if (stream.state !== "live" || this.#player.state !== "live" || stream.note) this.#showFigures(stream.message || stream.note);
  }

  /** The server does not answer: its last state may be wrong now. */
  setUnknown() {
    this.#isUnknown = true;
    this.#showState();
  }

  #showState() {
    const { stream } = this;
    if (!stream) return;
    const state = seenState(this.#isUnknown ? null : stream, this.#player);
    this.#state.dataset.state = state;
    say(this.#state, stateWord(state));
    this.#state.title = stream.message || stateWord(state);
    if (this.#shownState !== state) {
      this.#shownState = state;
      this.#emit("tile-state");
    }
    const label = [stream.name, stateWord(state).toLowerCase(), stream.message].filter(Boolean).join(", ");
    if (this.ariaLabel !== label) this.ariaLabel = label;
  }

  /**
   * Whether Tab reaches this tile and its buttons; arrow keys reach the others.
   * @param {boolean} isCurrent
   */
  setCurrent(isCurrent) {
    const index = isCurrent ? 0 : -1;
    this.tabIndex = index;
    for (const element of [this.#link, this.#sound, this.#grow, this.#more]) element.tabIndex = index;
  }

  /** @param {boolean} isLarge */
  setLarge(isLarge) {
    if (isLarge === this.#isLarge) return;
    this.#isLarge = isLarge;
    change(this.#grow, isLarge ? "shrink" : "grow", isLarge ? "Show all" : "Show large");
  }

  /** @param {boolean} isOn */
  setSound(isOn) {
    if (isOn === this.#hasSound) return;
    this.#hasSound = isOn;
    this.#player.noAudio = !isOn;
    this.#player.muted = !isOn;
    this.classList.toggle("is-loud", isOn);
    this.#sound.setAttribute("aria-pressed", String(isOn));
    change(this.#sound, isOn ? "loud" : "quiet", "Sound");
  }

  /** @param {boolean} isThere */
  #showPicture(isThere) {
    if (isThere === (this.#player.parentNode !== null)) return;
    if (isThere) {
      if (this.#transport) this.#player.transport = this.#transport;
      this.#player.setAttribute("src", this.name);
      this.#picture.prepend(this.#player);
      this.#blank.remove();
    } else {
      say(this.#blankWords, this.stream && hasSound(this.stream) ? "This stream has only audio: play it on its page." : "This stream has only data.");
      this.#player.remove();
      this.#picture.prepend(this.#blank);
    }
  }

  /** @param {Figures} figures */
  #onStats(figures) {
    if (this.#player.state !== "live" || this.stream?.message) return;
    if (this.stream?.note) return;
    const rate = figures.fps ? `${trim(Math.round(figures.fps * 10) / 10)} fps` : "";
    const latency = figures.latency_ms === null ? "" : `${Math.round(figures.latency_ms)} ms`;
    this.#figures.title = [sizeWords(this.stream ?? undefined), latency && `${latency} from capture to this screen`].filter(Boolean).join(", ");
    this.#showFigures([rate, latency].filter(Boolean).join(" · "));
  }

  /** @param {string} words */
  #showFigures(words) {
    say(this.#figures, words && words[0].toUpperCase() + words.slice(1));
  }

  /**
   * @param {string} type
   * @param {unknown} [detail]
   */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, detail }));
  }
}

/**
 * @param {string} sign
 * @param {string} label
 * @param {() => void} run
 */
function tool(sign, label, run) {
  return /** @type {HTMLButtonElement} */ (el("button", { class: "tool", type: "button", "aria-label": label, title: label, onclick: run }, icon(sign)));
}

/**
 * @param {HTMLElement} button
 * @param {string} sign
 * @param {string} label
 */
function change(button, sign, label) {
  button.replaceChildren(icon(sign));
  button.ariaLabel = button.title = label;
}

customElements.define("framecast-tile", FramecastTile);
