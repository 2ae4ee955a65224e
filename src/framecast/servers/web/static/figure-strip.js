// The figures of what this page shows: latency, frame rate, bit rate, resolution, format, viewers. Each stands here once.

import { el, say } from "./dom.js";
import { bitWords, trim } from "./words.js";

/** @typedef {import("./player.js").Figures} Shown */

const NONE = "–";
/** The first four characters of a codec string (RFC 6381). @type {Record<string, string>} */
const CODECS = { avc1: "H.264", avc3: "H.264", hvc1: "H.265", hev1: "H.265", av01: "AV1", vp09: "VP9", mp4a: "AAC", opus: "Opus", flac: "FLAC", imag: "JPEG", appl: "HLS" };
// Six: they fill one row of a desktop, two rows of a phone.
const NAMES = ["Latency", "Frame rate", "Bit rate", "Resolution", "Format", "Viewers"];

export class FigureStrip {
  /** @type {Map<string, HTMLElement>} */
  #values = new Map(NAMES.map((name) => [name, el("dd", {}, NONE)]));
  element = el("dl", { class: "strip", "aria-label": "Playback figures" }, ...NAMES.map((name) => el("div", {}, el("dt", {}, name), this.#values.get(name))));

  constructor() {
    const hint = "From capture to this screen. The server's clock is estimated, so the delay of the network is not fully included.";
    this.#values.get("Latency")?.parentElement?.setAttribute("title", hint);
  }

  /** @param {Shown | null} shown null if nothing is shown */
  show(shown) {
    this.#set("Latency", shown?.latency_ms == null ? "" : `${Math.max(0, Math.round(shown.latency_ms))} ms`);
    this.#set("Frame rate", shown?.fps ? `${trim(shown.fps)} fps` : "");
    this.#set("Bit rate", shown?.bits ? bitWords(shown.bits) : "");
    this.#set("Resolution", shown?.width ? `${shown.width} × ${shown.height}` : "");
    this.#set("Format", codecWords(shown?.codec ?? ""));
  }

  /** @param {number} count */
  showViewers(count) {
    this.#set("Viewers", String(count));
  }

  /**
   * @param {string} name
   * @param {string} value
   */
  #set(name, value) {
    say(/** @type {HTMLElement} */ (this.#values.get(name)), value || NONE);
  }
}

/** @param {string} codec such as avc1.640029,mp4a.40.2 */
function codecWords(codec) {
  return codec
    .split(",")
    .map((one) => CODECS[one.trim().slice(0, 4).toLowerCase()] ?? one.trim())
    .filter(Boolean)
    .join(" + ");
}
