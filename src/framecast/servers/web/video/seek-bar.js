// The bar of places: what has been played, what is buffered, chapters, and a small picture of the place under the pointer.

import { make, setText } from "../player/dom.js";
import { placeWords, spokenWords } from "./times.js";

/**
 * @import {Chapter} from "./item-words.js"
 *
 * @typedef {object} SeekBarEvents
 * @property {(at: number) => void} onSeek
 * @property {(at: number) => {url: string, x: number, y: number, width: number, height: number} | null} pictureAt
 * @property {(isHeld: boolean) => void} onHold
 */

const EDGE_PX = 6;

export class SeekBar {
  #buffered = make("div", { class: "seek-buffered" });
  #chapters = make("div", { class: "seek-chapters" });
  #played = make("div", { class: "seek-played" });
  #picture = make("div", { class: "seek-picture", hidden: "" });
  #chapter = make("span", { class: "seek-chapter" });
  #place = make("span", { class: "seek-place" });
  #preview = make("div", { class: "seek-preview", part: "preview", "aria-hidden": "true", hidden: "" }, this.#picture, this.#chapter, this.#place);
  element = make(
    "div",
    { class: "seek", role: "slider", tabindex: "0", "aria-label": "Seek", "aria-valuemin": "0" },
    make("div", { class: "seek-rail" }, this.#buffered, this.#played, this.#chapters),
    make("div", { class: "seek-thumb" }),
    this.#preview,
  );
  #duration = 0;
  /** @type {Chapter[]} */
  #list = [];
  /** The place under a pointer that holds the bar. @type {number | null} */
  #held = null;
  /** The place that the pointer has asked for last. */
  #asked = NaN;
  #shown = "";

  /** @param {SeekBarEvents} events */
  constructor(events) {
    this.events = events;
    const { element } = this;
    element.addEventListener("pointerdown", (event) => this.#onDown(event));
    element.addEventListener("pointermove", (event) => this.#onMove(event));
    element.addEventListener("pointerup", (event) => this.#onUp(event));
    element.addEventListener("pointercancel", () => this.#release());
    element.addEventListener("pointerleave", () => this.#held ?? this.hidePreview());
  }

  /** @param {Chapter[]} chapters */
  setChapters(chapters) {
    this.#list = chapters;
    this.#shown = "";
  }

  /** @param {number} at @param {number} duration @param {TimeRanges} buffered */
  update(at, duration, buffered) {
    this.#duration = duration;
    const shown = this.#held ?? at;
    this.element.style.setProperty("--at", String(duration ? Math.min(1, shown / duration) : 0));
    this.#showRanges(duration, buffered);
    const whole = String(Math.floor(shown));
    if (this.element.getAttribute("aria-valuenow") === whole && this.element.getAttribute("aria-valuemax") === String(Math.floor(duration))) return;
    this.element.setAttribute("aria-valuemax", String(Math.floor(duration)));
    this.element.setAttribute("aria-valuenow", whole);
    this.element.setAttribute("aria-valuetext", `${spokenWords(shown)} of ${spokenWords(duration)}`);
  }

  /** @param {number} duration @param {TimeRanges} buffered */
  #showRanges(duration, buffered) {
    const ranges = Array.from({ length: duration ? buffered.length : 0 }, (_, place) => [buffered.start(place) / duration, buffered.end(place) / duration]);
    const key = JSON.stringify([ranges, duration, this.#list.length]);
    if (key === this.#shown) return;
    this.#shown = key;
    this.#buffered.replaceChildren(...ranges.map(([from, to]) => part(from, Math.min(1, to))));
    const starts = this.#list.map((one) => one.start_s / duration).filter((from) => from > 0 && from < 1);
    this.#chapters.replaceChildren(...starts.map((from) => part(from, from)));
  }

  /** The chapter at a place, "" if there are none. @param {number} at */
  chapterAt(at) {
    return this.#list.findLast((one) => one.start_s <= at)?.title ?? "";
  }

  /** Show the picture of a place over the bar. @param {number} at */
  showPreview(at) {
    const found = this.events.pictureAt(at);
    this.#preview.hidden = false;
    this.#picture.hidden = !found;
    if (found) {
      const { style } = this.#picture;
      style.width = `${found.width}px`;
      style.height = `${found.height}px`;
      style.backgroundImage = `url("${found.url}")`;
      style.backgroundPosition = `-${found.x}px -${found.y}px`;
    }
    setText(this.#place, placeWords(at));
    setText(this.#chapter, this.chapterAt(at));
    const { width } = this.element.getBoundingClientRect();
    const half = this.#preview.offsetWidth / 2;
    const middle = this.#duration ? (at / this.#duration) * width : 0;
    this.#preview.style.left = `${Math.min(Math.max(half - EDGE_PX, middle), Math.max(half, width - half + EDGE_PX))}px`;
  }

  hidePreview() {
    this.#preview.hidden = true;
  }

  /** @param {PointerEvent} event */
  #placeOf(event) {
    const { left, width } = this.element.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - left) / (width || 1))) * this.#duration;
  }

  /** @param {PointerEvent} event */
  #onDown(event) {
    if (event.button !== 0 || !this.#duration) return;
    this.element.setPointerCapture(event.pointerId);
    this.#asked = NaN;
    this.#held = this.#placeOf(event);
    this.element.toggleAttribute("data-held", true);
    this.events.onHold(true);
    if (event.pointerType === "mouse") this.#ask(this.#held); // a click jumps at once, a finger may still be moved
    this.showPreview(this.#held);
  }

  /** @param {PointerEvent} event */
  #onMove(event) {
    if (!this.#duration || (this.#held === null && event.pointerType !== "mouse")) return;
    const at = this.#placeOf(event);
    if (this.#held !== null) {
      this.#held = at;
      this.element.style.setProperty("--at", String(at / this.#duration));
    }
    this.showPreview(at);
  }

  /** @param {PointerEvent} event */
  #onUp(event) {
    if (this.#held === null) return;
    const at = this.#placeOf(event);
    this.#release();
    if (at !== this.#asked) this.#ask(at);
    if (event.pointerType !== "mouse") this.hidePreview();
  }

  /** @param {number} at */
  #ask(at) {
    this.#asked = at;
    this.events.onSeek(at);
  }

  #release() {
    this.#held = null;
    this.element.toggleAttribute("data-held", false);
    this.events.onHold(false);
  }
}

/** @param {number} from @param {number} to shares of the bar */
function part(from, to) {
  const element = make("i");
  element.style.left = `${100 * from}%`;
  element.style.width = `${100 * Math.max(0, to - from)}%`;
  return element;
}
