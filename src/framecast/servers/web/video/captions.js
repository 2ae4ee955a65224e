// Subtitles: tracks of the <video> that the browser reads, drawn by the player above its bar.

import { make } from "../player/dom.js";
import { prefer, preferred } from "./preferences.js";

/** @import {Media} from "./item-words.js" */

/** The language that was chosen last, for all videos. */
const LANGUAGE_KEY = "framecast-video-subtitles";

export class Captions {
  element = make("div", { class: "captions", part: "captions", "aria-hidden": "true" });
  #onCue = () => this.#draw();
  /** @type {HTMLTrackElement[]} */
  #tracks = [];
  #chosen = -1;

  /** @param {HTMLVideoElement} video @param {() => void} onChange */
  constructor(video, onChange) {
    this.video = video;
    this.onChange = onChange;
  }

  /** @returns {string[]} labels */
  get labels() {
    return this.#tracks.map((track) => track.label);
  }

  /** The place of what is shown, -1 for none. */
  get chosen() {
    return this.#chosen;
  }

  /** @param {Media | null} media @param {(name: string, media: Media) => string} addressOf */
  set(media, addressOf) {
    for (const track of this.#tracks) track.remove();
    this.#chosen = -1;
    this.#tracks = (media?.subtitles ?? []).map((one) => {
      const src = addressOf(one.name, /** @type {Media} */ (media));
      return /** @type {HTMLTrackElement} */ (make("track", { kind: "subtitles", srclang: one.language, label: one.label || one.language, src }));
    });
    this.video.append(...this.#tracks);
    this.choose(this.#tracks.findIndex((track) => track.srclang === (preferred(LANGUAGE_KEY) || "-")), false);
  }

  /** @param {number} place -1 for none @param {boolean} [isKept] remembered for the next video */
  choose(place, isKept = true) {
    this.#tracks[this.#chosen]?.track.removeEventListener("cuechange", this.#onCue);
    this.#chosen = place;
    this.#tracks.forEach((track, at) => (track.track.mode = at === place ? "hidden" : "disabled"));
    const track = this.#tracks[place];
    track?.track.addEventListener("cuechange", this.#onCue);
    if (isKept) prefer(LANGUAGE_KEY, track?.srclang ?? "");
    this.#draw();
    this.onChange();
  }

  /** The first one, or the one that was on before. */
  toggle() {
    if (!this.#tracks.length) return;
    this.choose(this.#chosen >= 0 ? -1 : Math.max(0, this.#tracks.findIndex((track) => track.srclang === navigator.language.slice(0, 2))));
  }

  #draw() {
    const cues = /** @type {VTTCue[]} */ ([...(this.#tracks[this.#chosen]?.track.activeCues ?? [])]);
    this.element.replaceChildren(...cues.map((cue) => make("p", {}, make("span", {}, cue.getCueAsHTML()))));
  }
}
