// The shadow DOM of a player: video and canvas, the last picture of the connection before, and the veil with the state.

import { durationWords } from "../static/duration.js";
import { icon, make, setText } from "./dom.js";
import { STYLE } from "./style.js";
import { messageOf, timeWords } from "./words.js";

/**
 * @import {Screen} from "./screen.js"
 *
 * @typedef {"idle" | "connecting" | "live" | "nosignal" | "paused"} PlayerState
 * @typedef {{state: PlayerState, words: string, seen: number | null, recorded: number | null, src: string, hasPicture: boolean, isOnlySound: boolean}} Shown
 */

/** The picture of the last connection is kept in this width at most: a wall has many. */
const STILL_WIDTH = 960;
const TOAST_MS = 3000;
const TITLES = { idle: "", connecting: "Connecting", live: "", nosignal: "No signal", paused: "" };
/** @type {Record<string, (src: string) => string>} */
const LABELS = { live: (src) => `Live video of ${src}`, nosignal: (src) => `No signal from ${src}` };

export class View {
  video = /** @type {HTMLVideoElement} */ (make("video", { part: "video", playsinline: "", disableremoteplayback: "", "aria-hidden": "true", tabindex: "-1" }));
  canvas = /** @type {HTMLCanvasElement} */ (make("canvas", { part: "canvas", "aria-hidden": "true", width: "16", height: "9", hidden: "" }));
  #poster = /** @type {HTMLImageElement} */ (make("img", { class: "poster", alt: "", hidden: "" }));
  /** The last picture of the connection before, until this one has a picture. */
  #still = /** @type {HTMLCanvasElement} */ (make("canvas", { class: "still", "aria-hidden": "true", width: "0", height: "0", hidden: "" }));
  #spinner = make("div", { class: "spin" });
  #lost = icon("lost");
  #speaker = icon("loud");
  #play;
  #title = make("strong");
  #words = make("span");
  #last = make("span");
  #unmute;
  #toast = make("div", { class: "toast", role: "status" });
  #recorded = make("div", { class: "rec", part: "recording", hidden: "" });
  #announced = make("div", { class: "hush", role: "status" });
  #toastTimer = 0;
  /** Of the connection that is open, or of the one before. */
  #hasOwnPicture = false;
  veil;
  stage;

  /**
   * @param {HTMLElement} host
   * @param {{play: () => void, unmute: () => void}} actions
   */
  constructor(host, { play, unmute }) {
    this.#play = make("button", { type: "button", class: "big", part: "button", "aria-label": "Play", title: "Play", click: play }, icon("play"));
    this.#unmute = make("button", { class: "sound", part: "button", type: "button", hidden: "", click: unmute }, icon("mute"), "Sound on");
    this.veil = make("div", { class: "veil", part: "veil" }, this.#spinner, this.#lost, this.#speaker, this.#play, this.#title, this.#words, this.#last);
    this.stage = make("div", { class: "stage", role: "group" }, this.video, this.canvas, this.#still, this.#poster, this.veil, this.#unmute, this.#recorded, this.#toast, this.#announced);
    const root = host.attachShadow({ mode: "open", delegatesFocus: true });
    const style = new CSSStyleSheet();
    style.replaceSync(STYLE);
    root.adoptedStyleSheets = [style];
    root.append(this.stage);
    this.video.disableRemotePlayback = true;
  }

  /** True if a picture of a connection is shown. */
  get hasPicture() {
    return this.#hasOwnPicture || !this.#still.hidden;
  }

  /** @param {Shown} shown */
  show({ state, words, seen, recorded, src, hasPicture, isOnlySound }) {
    const isSpeaker = isOnlySound && state === "live";
    const isLost = state === "nosignal";
    this.#hasOwnPicture = hasPicture;
    this.stage.dataset.state = this.veil.dataset.state = state;
    this.stage.setAttribute("aria-label", LABELS[state]?.(src) ?? `Player of ${src}`);
    this.veil.hidden = state === "idle" || (state === "live" && !isSpeaker);
    this.#speaker.toggleAttribute("hidden", !isSpeaker);
    this.veil.classList.toggle("over", this.hasPicture);
    this.#spinner.hidden = state !== "connecting";
    this.#lost.toggleAttribute("hidden", !isLost);
    this.#play.hidden = state !== "paused";
    setText(this.#title, isSpeaker ? "Sound only" : TITLES[state]);
    setText(this.#words, isLost ? words : "");
    setText(this.#last, isLost && seen ? `Last seen ${timeWords(seen)}` : "");
    this.#recorded.hidden = recorded === null;
    if (recorded !== null) setText(this.#recorded, `REC ${durationWords(recorded)}`);
    setText(this.#announced, isLost ? `No signal from ${src}. ${words}` : "");
  }

  /** Show the bar of controls, or none. @param {HTMLElement} bar @param {boolean} isOn */
  showControls(bar, isOn) {
    if (isOn) this.stage.append(bar);
    else bar.remove();
    this.stage.toggleAttribute("tabindex", false);
    if (isOn) this.stage.setAttribute("tabindex", "0");
  }

  /** @param {string} url @param {boolean} hasPicture */
  showPoster(url, hasPicture) {
    if (url && this.#poster.src !== url) this.#poster.src = url;
    this.#poster.hidden = !url || hasPicture || !this.#still.hidden;
  }

  /** Make the canvas visible, or the video. @param {boolean} isCanvas */
  showCanvas(isCanvas) {
    this.canvas.hidden = !isCanvas;
    this.video.hidden = isCanvas;
  }

  /** The screen has a picture of its own. */
  showPicture() {
    this.#poster.hidden = this.#still.hidden = true;
  }

  /** Keep the picture of a screen that is about to close. @param {Screen} screen */
  freeze(screen) {
    if (!screen.width || !screen.isReady) return;
    const scale = Math.min(1, STILL_WIDTH / screen.width);
    this.#draw(screen.element, Math.round(screen.width * scale), Math.round(screen.height * scale));
  }

  /** Show a picture that the server has kept, unless there is one of a connection. @param {HTMLImageElement} image */
  recall(image) {
    if (this.hasPicture) return;
    this.#draw(image, image.naturalWidth, image.naturalHeight);
    this.#poster.hidden = true;
    this.veil.classList.add("over");
  }

  /** @param {CanvasImageSource} picture @param {number} width @param {number} height */
  #draw(picture, width, height) {
    [this.#still.width, this.#still.height] = [width, height];
    this.#still.getContext("2d")?.drawImage(picture, 0, 0, width, height);
    this.#still.hidden = false;
  }

  /** Free the picture that was kept. */
  clear() {
    [this.#still.width, this.#still.hidden] = [0, true];
  }

  /** Run the video, with sound if that is wanted and allowed. @param {() => boolean} hasAudio */
  async play(hasAudio) {
    try {
      await this.video.play();
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "NotAllowedError") || this.video.muted) return;
      this.video.muted = true;
      this.#unmute.hidden = !hasAudio(); // browsers also refuse to play unmuted video that has no sound
      await this.video.play().catch(() => {});
    }
  }

  hideUnmute() {
    this.#unmute.hidden = true;
  }

  /**
   * Show what an action returned, or why it failed.
   * @param {() => Promise<string | void>} action
   * @param {string} [failed] shown instead of the error's message
   */
  async report(action, failed = "") {
    try {
      const words = await action();
      if (words) this.toast(words);
    } catch (error) {
      const isCancelled = !failed && error instanceof DOMException && error.name === "AbortError"; // the user closed the file picker
      if (!isCancelled) this.toast(failed || messageOf(error));
    }
  }

  /** @param {string} words */
  toast(words) {
    setText(this.#toast, words);
    clearTimeout(this.#toastTimer);
    this.#toastTimer = setTimeout(() => setText(this.#toast, ""), TOAST_MS);
  }
}
