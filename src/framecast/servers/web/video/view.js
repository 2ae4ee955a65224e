// The shadow DOM of a player: picture, poster, what stands over them, and the words for a video that does not play.

import { make, setText } from "../player/dom.js";
import { HELP } from "./keys.js";
import { sign } from "./signs.js";
import { VIDEO_STYLE } from "./style.js";

/**
 * @import {Notice} from "./item-words.js"
 * @import {VideoState} from "./playback.js"
 *
 * @typedef {{state: VideoState, title: string, notice: Notice | null, words: string, trouble: string, isBusy: boolean, isStarted: boolean}} VideoShown
 */

const TOAST_MS = 4000;
const RIPPLE_MS = 600;

export class VideoView {
  video = /** @type {HTMLVideoElement} */ (make("video", { part: "video", playsinline: "", preload: "auto", tabindex: "-1", "aria-hidden": "true" }));
  #poster = /** @type {HTMLImageElement} */ (make("img", { class: "poster", alt: "", hidden: "" }));
  #play;
  #spinner = make("div", { class: "busy", hidden: "" }, make("div", { class: "spin" }));
  #trouble = make("div", { class: "trouble", role: "status" });
  #title = make("strong");
  #words = make("span");
  #wrong = sign("wrong");
  #meter = /** @type {HTMLProgressElement} */ (make("progress", { max: "1", "aria-label": "Progress" }));
  #share = make("span", { class: "share" });
  #spin = make("div", { class: "spin" });
  #retry;
  #unmute;
  #toast = make("div", { class: "toast", role: "status" });
  #hush = make("div", { class: "hush", role: "status" });
  #ripples = { left: make("div", { class: "ripple left", "aria-hidden": "true" }), right: make("div", { class: "ripple right", "aria-hidden": "true" }) };
  #toastTimer = 0;
  #rippleTimer = 0;
  veil;
  stage;
  help = helpPanel();

  /**
   * @param {HTMLElement} host
   * @param {{play: () => void, unmute: () => void, retry: () => void}} actions
   */
  constructor(host, { play, unmute, retry }) {
    this.#unmute = make("button", { type: "button", class: "unmute", part: "button", title: "Sound on (m)", hidden: "", click: unmute }, sign("mute"), "Unmute");
    this.video.addEventListener("volumechange", () => this.#unmute.toggleAttribute("hidden", this.#unmute.hidden || !this.video.muted));
    this.#play = make("button", { type: "button", class: "big", part: "button", "aria-label": "Play", title: "Play", hidden: "", click: () => this.#begin(play) }, sign("play"));
    this.#retry = make("button", { type: "button", class: "retry", part: "button", hidden: "", click: retry }, "Try again");
    this.veil = make("div", { class: "veil", part: "veil", hidden: "" }, this.#spin, this.#wrong, this.#title, this.#words, this.#meter, this.#share, this.#retry);
    this.stage = make("div", { class: "stage", role: "group", tabindex: "0" }, this.video, this.#poster, this.#ripples.left, this.#ripples.right, this.#spinner, this.#play, this.veil, this.#trouble, this.#unmute, this.#toast, this.#hush);
    const root = host.attachShadow({ mode: "open", delegatesFocus: true });
    const style = new CSSStyleSheet();
    style.replaceSync(VIDEO_STYLE);
    root.adoptedStyleSheets = [style];
    root.append(this.stage);
  }

  /** The button goes with the click on it: its focus goes to the player. @param {() => void} play */
  #begin(play) {
    this.stage.focus({ preventScroll: true });
    play();
  }

  /** @param {VideoShown} shown */
  show({ state, title, notice, words, trouble, isBusy, isStarted }) {
    this.stage.dataset.state = state;
    this.stage.setAttribute("aria-label", title ? `Video: ${title}` : "Video");
    const isBad = state === "error" || (notice?.isBad ?? false);
    this.veil.hidden = !["loading", "unavailable", "error"].includes(state);
    this.veil.classList.toggle("over", state === "error" && isStarted);
    this.#spin.hidden = !(state === "loading" || notice?.isBusy) || (notice?.progress ?? null) !== null;
    this.#wrong.toggleAttribute("hidden", !isBad);
    setText(this.#title, state === "error" ? "The video does not play" : (notice?.title ?? (state === "loading" ? words && "No answer" : "")));
    setText(this.#words, notice?.words ?? (state === "error" || state === "loading" ? words : ""));
    this.#showProgress(notice?.progress ?? null);
    this.#retry.hidden = state !== "error";
    this.#play.hidden = state !== "ready";
    this.#spinner.hidden = !(isBusy && state === "playing");
    setText(this.#trouble, trouble);
    if (isStarted) this.#poster.hidden = true;
    setText(this.#hush, notice ? `${notice.title}. ${notice.words}` : state === "error" ? words : "");
  }

  /** @param {number | null} progress */
  #showProgress(progress) {
    this.#meter.hidden = this.#share.hidden = progress === null;
    if (progress === null) return;
    this.#meter.value = progress;
    setText(this.#share, `${Math.floor(100 * progress)} %`);
  }

  /** @param {string} url "" for none @param {boolean} isStarted */
  showPoster(url, isStarted) {
    if (url && this.#poster.src !== url) this.#poster.src = url;
    this.#poster.hidden = !url || isStarted;
  }

  /** A sign at the side to which somebody has jumped. @param {"left" | "right"} side @param {string} words */
  ripple(side, words) {
    for (const [name, element] of Object.entries(this.#ripples)) element.toggleAttribute("data-on", name === side);
    setText(this.#ripples[side], words);
    clearTimeout(this.#rippleTimer);
    this.#rippleTimer = setTimeout(() => this.#ripples[side].toggleAttribute("data-on", false), RIPPLE_MS);
  }

  /** The browser allows no sound before somebody asks for it: offer that, until there is sound. */
  offerSound() {
    this.#unmute.hidden = false;
    setText(this.#hush, "The browser allows no sound yet.");
  }

  /** @param {string} words @param {number} [ms] */
  toast(words, ms = TOAST_MS) {
    setText(this.#toast, words);
    clearTimeout(this.#toastTimer);
    this.#toastTimer = setTimeout(() => setText(this.#toast, ""), ms);
  }
}

function helpPanel() {
  const rows = HELP.map(([keys, words]) => make("div", {}, make("dt", {}, keys), make("dd", {}, words)));
  return make("div", { class: "help", role: "dialog", "aria-label": "Keys", tabindex: "-1", hidden: "" }, make("strong", {}, "Keys"), make("dl", {}, ...rows));
}
