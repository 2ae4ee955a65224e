// The controls under the picture: the bar of places, and a row of buttons.

import { make, setText } from "../player/dom.js";
import { Choices } from "./choices.js";
import { SeekBar } from "./seek-bar.js";
import { SPEEDS, placeWords, speedWords } from "./times.js";
import { setTool, tool } from "./tool.js";

/**
 * @import {FramecastVideo} from "./element.js"
 * @import {Group} from "./choices.js"
 * @import {SeekBarEvents} from "./seek-bar.js"
 */

export class Deck {
  #play;
  #previous;
  #next;
  #mute;
  #volume = /** @type {HTMLInputElement} */ (make("input", { type: "range", class: "volume", min: "0", max: "100", "aria-label": "Volume" }));
  #time = make("span", { class: "time", part: "time" });
  #chapter = make("span", { class: "chapter" });
  #captions;
  #detections;
  #settings;
  #theatre;
  #full;
  seekBar;
  choices;
  element;

  /** @param {FramecastVideo} player @param {SeekBarEvents} seeking */
  constructor(player, seeking) {
    this.player = player;
    this.seekBar = new SeekBar(seeking);
    this.choices = new Choices(() => this.update());
    this.#play = tool("Play (k)", "play", "play", () => player.togglePlay());
    this.#previous = tool("Previous video (Shift+p)", "previous", "previous", () => player.do("previous"));
    this.#next = tool("Next video (Shift+n)", "next", "next", () => player.do("next"));
    this.#mute = tool("Mute (m)", "loud", "mute", () => player.toggleMute());
    this.#volume.addEventListener("input", () => (player.volume = Number(this.#volume.value) / 100));
    this.#captions = tool("Subtitles (c)", "captions", "cc", () => player.captions.toggle());
    this.#detections = tool("Detections (d)", "detections", "data", () => player.detections.toggle());
    this.#settings = tool("Settings", "settings", "settings", () => this.choices.toggle(this.#settings, () => this.#groups()));
    this.#settings.setAttribute("aria-haspopup", "menu");
    this.#theatre = tool("Theatre (t)", "theatre", "theatre", () => player.toggleTheatre());
    this.#full = tool("Fullscreen (f)", "full", "full", () => player.toggleFullscreen());
    const right = [this.#captions, this.#detections, this.#settings, this.#theatre];
    if (document.pictureInPictureEnabled) right.push(tool("Picture in picture (p)", "pip", "pip", () => player.togglePictureInPicture()));
    const row = make("div", { class: "row" }, this.#previous, this.#play, this.#next, this.#mute, this.#volume, this.#time, this.#chapter, make("span", { class: "gap" }), ...right, this.#full);
    this.element = make("div", { class: "deck", part: "controls", role: "toolbar", "aria-label": "Player" }, this.seekBar.element, row);
  }

  update() {
    const { player } = this;
    const { state, duration, video } = player;
    const isOn = state === "playing";
    setTool(this.#play, isOn ? "Pause (k)" : state === "ended" ? "Play again (k)" : "Play (k)", isOn ? "pause" : state === "ended" ? "again" : "play");
    setTool(this.#mute, player.muted ? "Unmute (m)" : "Mute (m)", player.muted ? "mute" : "loud");
    const volume = String(player.muted ? 0 : Math.round(player.volume * 100));
    if (this.#volume.value !== volume) this.#volume.value = volume;
    this.#previous.hidden = !player.hasAttribute("has-previous");
    this.#next.hidden = !player.hasAttribute("has-next");
    this.#theatre.hidden = !player.hasAttribute("theatre-button");
    this.#theatre.setAttribute("aria-pressed", String(player.theatre));
    for (const [button, { labels, chosen }] of /** @type {const} */ ([[this.#captions, player.captions], [this.#detections, player.detections]])) {
      button.hidden = labels.length === 0;
      button.setAttribute("aria-pressed", String(chosen >= 0));
    }
    const isFull = document.fullscreenElement === player;
    setTool(this.#full, isFull ? "Leave fullscreen (f)" : "Fullscreen (f)", isFull ? "small" : "full");
    this.#showTime(player.currentTime, duration);
    this.seekBar.update(player.currentTime, duration, video.buffered);
  }

  /** @param {number} at @param {number} duration */
  #showTime(at, duration) {
    setText(this.#time, duration ? `${placeWords(at)} / ${placeWords(duration)}` : placeWords(at));
    setText(this.#chapter, this.seekBar.chapterAt(at));
  }

  /** @returns {Group[]} */
  #groups() {
    const { player } = this;
    const { speed } = player;
    /** @type {Group[]} */
    const groups = [{ name: "Speed", now: speedWords(speed), choices: SPEEDS.map((one) => ({ words: speedWords(one), isChosen: one === speed, run: () => player.do("speed", one) })) }];
    const quality = player.qualities.find((one) => one.value === player.quality);
    /** @type {import("./choices.js").Choice[]} */
    const rungs = player.qualities.map((one) => ({ words: one.words, isChosen: one.value === player.quality, run: () => (player.quality = one.value) }));
    if (player.hasNewer) rungs.push({ words: "Load the better version", isChosen: false, run: () => player.reopen() });
    if (rungs.length) groups.push({ name: "Quality", now: quality?.words ?? "Auto", choices: rungs });
    return [...groups, ...offOr("Subtitles", player.captions), ...offOr("Detections", player.detections)];
  }
}

/** A list with "Off" and the labels of something; nothing without labels. @param {string} name @param {{labels: string[], chosen: number, choose: (place: number) => void}} of @returns {Group[]} */
function offOr(name, of) {
  const { labels, chosen } = of;
  if (!labels.length) return [];
  const choices = ["Off", ...labels].map((words, place) => ({ words, isChosen: place - 1 === chosen, run: () => of.choose(place - 1) }));
  return [{ name, now: labels[chosen] ?? "Off", choices }];
}
