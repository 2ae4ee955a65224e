// Detections over the picture: boxes and labels of the data tracks of a video, in step with its pictures. Words are drawn, and never are HTML.

import { make } from "../player/dom.js";
import { DataTrack } from "./data-track.js";
import { boxesOf, colourOf } from "./detections.js";
import { prefer, preferred } from "./preferences.js";

/**
 * @import {Item, Media} from "./item-words.js"
 * @import {Box} from "./detections.js"
 *
 * @typedef {{left: number, top: number, width: number, height: number}} Area
 */

/** What was chosen last, for all videos: "off", or the name of a track. */
const TRACK_KEY = "framecast-video-detections";
const ALL_TRACKS = "All";

export class DataOverlay {
  element = /** @type {HTMLCanvasElement} */ (make("canvas", { class: "detections", part: "detections", "aria-hidden": "true" }));
  /** @type {DataTrack[]} */
  #tracks = [];
  #chosen = -1;
  #size = { width: 0, height: 0 };
  #isAsked = false;
  #resizing = new ResizeObserver(() => this.#draw(this.video.currentTime));

  /** @param {HTMLVideoElement} video @param {() => void} onChange */
  constructor(video, onChange) {
    this.video = video;
    this.onChange = onChange;
    for (const type of ["seeked", "loadeddata", "timeupdate", "play"]) video.addEventListener(type, () => this.#follow());
    video.addEventListener("emptied", () => this.#clear());
    this.#resizing.observe(this.element);
  }

  /** Names for people: the tracks, and all of them if there are several. @returns {string[]} */
  get labels() {
    const names = this.#tracks.map((track) => track.name);
    return names.length > 1 ? [ALL_TRACKS, ...names] : names;
  }

  /** The place of what is shown in `labels`, -1 for nothing. */
  get chosen() {
    return this.#chosen;
  }

  /** @param {Item | null} item @param {Media | null} media @param {(path: string) => string} addressOf of a path of the server */
  set(item, media, addressOf) {
    const id = encodeURIComponent(item?.id ?? "");
    this.#size = { width: item?.width ?? 0, height: item?.height ?? 0 };
    this.#tracks = (media?.data ?? []).map(({ name }) => {
      const path = `api/videos/${id}/data/${encodeURIComponent(name)}`;
      return new DataTrack(name, (from, to, skip) => addressOf(`${path}?from_s=${from}&to_s=${to}&skip=${skip}`), () => this.isGrowing, () => this.#draw(this.video.currentTime));
    });
    this.isGrowing = item?.is_recording ?? false;
    const kept = preferred(TRACK_KEY);
    this.choose(kept === "off" ? -1 : Math.max(0, this.labels.indexOf(kept)), false);
  }

  isGrowing = false;

  /** @param {number} place in `labels`, -1 for nothing @param {boolean} [isKept] remembered for the next video */
  choose(place, isKept = true) {
    this.#chosen = this.#tracks.length ? place : -1;
    if (isKept) prefer(TRACK_KEY, this.labels[place] ?? "off");
    this.#draw(this.video.currentTime);
    this.#follow();
    this.onChange();
  }

  toggle() {
    if (this.#tracks.length) this.choose(this.#chosen >= 0 ? -1 : 0);
  }

  /** Draw with the next picture that is shown. */
  #follow() {
    if (this.#chosen < 0 || this.#isAsked) return;
    if (!("requestVideoFrameCallback" in this.video)) return this.#draw(/** @type {HTMLVideoElement} */ (this.video).currentTime);
    this.#isAsked = true;
    this.video.requestVideoFrameCallback((_now, { mediaTime }) => {
      this.#isAsked = false;
      this.#draw(mediaTime);
      this.#follow();
    });
  }

  #clear() {
    this.element.getContext("2d")?.clearRect(0, 0, this.element.width, this.element.height);
  }

  /** @param {number} at the time of the picture */
  #draw(at) {
    const { element, video } = this;
    const scale = devicePixelRatio || 1;
    const [width, height] = [Math.round(element.clientWidth * scale), Math.round(element.clientHeight * scale)];
    if (element.width !== width || element.height !== height) [element.width, element.height] = [width, height];
    const pen = element.getContext("2d");
    if (!pen) return;
    pen.clearRect(0, 0, width, height);
    if (this.#chosen < 0 || !video.videoWidth || !width) return;
    const isCover = getComputedStyle(video).objectFit === "cover";
    const area = areaOf(width, height, video.videoWidth, video.videoHeight, isCover);
    const label = this.labels[this.#chosen];
    for (const track of this.#tracks) {
      if (label !== ALL_TRACKS && label !== track.name) continue;
      const record = track.at(at);
      const boxes = record ? boxesOf(record.value, this.#size.width ? this.#size : { width: video.videoWidth, height: video.videoHeight }) : [];
      for (const box of boxes) drawBox(pen, box, area, scale);
    }
  }
}

/** Where the picture is in its element. @param {number} width @param {number} height @param {number} wide of the video @param {number} high @param {boolean} isCover @returns {Area} */
export function areaOf(width, height, wide, high, isCover) {
  const ratios = [width / wide, height / high];
  const by = isCover ? Math.max(...ratios) : Math.min(...ratios);
  return { left: (width - wide * by) / 2, top: (height - high * by) / 2, width: wide * by, height: high * by };
}

/** @param {CanvasRenderingContext2D} pen @param {Box} box @param {Area} area @param {number} scale */
function drawBox(pen, box, area, scale) {
  const [x, y] = [area.left + box.x * area.width, area.top + box.y * area.height];
  const [width, height] = [box.width * area.width, box.height * area.height];
  const colour = colourOf(box.label);
  pen.lineJoin = "round";
  pen.strokeStyle = "rgb(0 0 0 / 60%)";
  pen.lineWidth = 4.5 * scale;
  pen.strokeRect(x, y, width, height);
  pen.strokeStyle = colour;
  pen.lineWidth = 2.5 * scale;
  pen.strokeRect(x, y, width, height);
  if (!box.label) return;
  const size = 13 * scale;
  pen.font = `600 ${size}px system-ui, sans-serif`;
  const label = fitted(box.label, Math.max(width, area.left + area.width - x) - size, (words) => pen.measureText(words).width);
  const wide = pen.measureText(label).width + size;
  const top = y - size * 1.5 >= area.top ? y - size * 1.5 : y;
  pen.fillStyle = colour;
  pen.fillRect(x - 1.2 * scale, top, wide, size * 1.5);
  pen.fillStyle = "#10131a";
  pen.textBaseline = "middle";
  pen.fillText(label, x + size * 0.4, top + size * 0.8);
}

/** Words that are not wider than there is room. @param {string} words @param {number} room @param {(words: string) => number} widthOf */
export function fitted(words, room, widthOf) {
  let found = words;
  for (let length = words.length - 1; length > 0 && widthOf(found) > room; length--) found = `${words.slice(0, length)}…`;
  return found;
}
