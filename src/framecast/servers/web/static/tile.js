// <framecast-tile>: one stream on the wall: its player, name, state, frame rate, latency and buttons.
//
// Its events bubble: `tile-open` (a click on the picture), `tile-large`, `tile-sound`, `tile-menu` (detail: the button) for what the user
// wants, `tile-state` after a change of its state. The player holds no connection out of sight, and shows by itself when there is no signal.

import { address } from "./api.js";
import { el, say } from "./dom.js";
import { icon } from "./icons.js";
import { FramecastPlayer } from "./player.js";
import { hasPictures, hasSound, seenState, sizeWords, stateWord, titleOf, trim } from "./words.js";

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
  #shot = tool("shot", "Snapshot", () => this.snapshot());
  #record = tool("record", "Record to this device", () => void this.toggleRecording());
  #sound = tool("quiet", "Sound", () => this.#emit("tile-sound"));
  #grow = tool("grow", "Show large", () => this.#emit("tile-large"));
  #more = tool("more", "More", () => this.#emit("tile-menu", this.#more));
  #tools = el("div", { class: "tile-tools" }, this.#grip, this.#shot, this.#record, this.#sound, this.#grow, this.#more);
  #picture = el("div", { class: "tile-picture" }, this.#tools);
  #link = el("a", { draggable: "false" });
  #technical = el("span", { class: "tile-technical" });
  #state = el("span", { class: "state" });
  #figures = el("span", { class: "tile-figures" });
  #isLarge = false;
  #isUnknown = false;
  #shownState = "";
  #hasSound = false;
  /** A recording is chosen or runs: the connection has the sound of the stream until it ends. */
  #isRecording = false;

  /** @param {Transport} [transport] */
  constructor(transport) {
    super();
    this.#transport = transport;
    this.#player.addEventListener("stats", (event) => this.#onStats(/** @type {CustomEvent<Figures>} */ (event).detail));
    this.#player.addEventListener("state", () => {
      if (this.#player.state !== "live") this.#showWords();
      this.#showState();
    });
    for (const name of ["recording", "recorded"]) this.#player.addEventListener(name, () => this.#showRecording());
    this.#picture.addEventListener("click", (event) => {
      // The second click of a double click means the same as the first. A button may have replaced its icon, which was clicked.
      const isOnTool = event.composedPath().includes(this.#tools);
      if (event.detail < 2 && !isOnTool) this.#emit("tile-open");
    });
    this.#more.setAttribute("aria-haspopup", "menu");
    this.#more.setAttribute("aria-expanded", "false");
    for (const toggle of [this.#sound, this.#record]) toggle.setAttribute("aria-pressed", "false");
  }

  connectedCallback() {
    if (this.#link.parentNode) return;
    this.classList.add("card");
    this.setAttribute("role", "group");
    this.append(this.#picture, el("div", { class: "tile-foot" }, this.#state, el("h2", { class: "tile-name" }, this.#link), this.#technical, this.#figures));
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

  /** True if there is a picture to save. */
  get hasPicture() {
    return this.#player.state === "live";
  }

  /** True if what it plays can be recorded: a stream as JPEG pictures cannot. */
  get canRecord() {
    return this.#player.recording || (this.hasPicture && this.#player.playing === "mse");
  }

  get isRecording() {
    return this.#player.recording;
  }

  /** @param {Stream} stream */
  show(stream) {
    if (this.name !== stream.name) this.#link.setAttribute("href", address(`streams/${encodeURIComponent(stream.name)}`));
    this.stream = stream;
    say(this.#link, titleOf(stream));
    say(this.#technical, titleOf(stream) === stream.name ? "" : stream.name);
    this.#isUnknown = false;
    this.#sound.hidden = !hasSound(stream) || !hasPictures(stream);
    this.#shot.hidden = this.#record.hidden = !hasPictures(stream);
    this.#showPicture(hasPictures(stream));
    this.#showState();
    this.classList.toggle("is-wrong", stream.message !== "");
    if (stream.state !== "live" || this.#player.state !== "live" || stream.note) this.#showWords();
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
    const label = [titleOf(stream), stateWord(state).toLowerCase(), stream.message].filter(Boolean).join(", ");
    if (this.ariaLabel !== label) this.ariaLabel = label;
  }

  /**
   * Whether Tab reaches this tile and its buttons; arrow keys reach the others.
   * @param {boolean} isCurrent
   */
  setCurrent(isCurrent) {
    const index = isCurrent ? 0 : -1;
    this.tabIndex = index;
    for (const element of [this.#link, ...this.#tools.querySelectorAll("button")]) /** @type {HTMLElement} */ (element).tabIndex = index;
  }

  /** @param {boolean} isLarge */
  setLarge(isLarge) {
    if (isLarge === this.#isLarge) return;
    this.#isLarge = isLarge;
    this.classList.toggle("is-large", isLarge);
    change(this.#grow, isLarge ? "shrink" : "grow", isLarge ? "Show all" : "Show large");
  }

  /** @param {boolean} isOn */
  setSound(isOn) {
    if (isOn === this.#hasSound) return;
    this.#hasSound = isOn;
    this.#player.muted = !isOn;
    this.#requestSound();
    this.classList.toggle("is-loud", isOn);
    this.#sound.setAttribute("aria-pressed", String(isOn));
    change(this.#sound, isOn ? "loud" : "quiet", "Sound");
  }

  /** Download the picture. */
  snapshot() {
    void this.#player.saveSnapshot();
  }

  /** Record to a file, with the sound of the stream, or finish that. */
  async toggleRecording() {
    if (this.isRecording) return void this.#player.saveRecording();
    if (!this.canRecord) return;
    this.#isRecording = true;
    this.#requestSound();
    await this.#player.saveRecording();
    this.#isRecording = false;
    this.#requestSound();
  }

  /** Tiles receive sound only while somebody hears or records it: the player connects again. */
  #requestSound() {
    const isWanted = this.#hasSound || (this.#isRecording && this.stream !== null && hasSound(this.stream));
    if (this.#player.noAudio === isWanted) this.#player.noAudio = !isWanted;
  }

  #showRecording() {
    const { isRecording } = this;
    this.classList.toggle("is-recording", isRecording);
    this.#record.setAttribute("aria-pressed", String(isRecording));
    this.#record.ariaLabel = this.#record.title = isRecording ? "Stop recording" : "Record to this device";
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
    const latency = figures.latency_ms === null ? "" : `${Math.max(0, Math.round(figures.latency_ms))} ms`;
    this.#figures.title = [sizeWords(this.stream ?? undefined), latency && `${latency} from capture to this screen`].filter(Boolean).join(", ");
    this.#showFigures([rate, latency].filter(Boolean).join(" · "), false);
  }

  /** What is wrong or remarkable, unless the player says it over the picture. */
  #showWords() {
    const isSaid = this.#player.parentNode !== null && this.#player.state === "nosignal";
    this.#figures.title = "";
    this.#showFigures(isSaid ? "" : this.stream?.message || this.stream?.note || "");
  }

  /**
   * @param {string} words
   * @param {boolean} [isSentence] it may be cut
   */
  #showFigures(words, isSentence = true) {
    this.#figures.classList.toggle("is-words", isSentence);
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
