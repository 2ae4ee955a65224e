// What came of trying a source: the picture and what it is, or what is wrong and what to do about it.

import { address, ask, ServerError } from "./api.js";
import { el } from "./dom.js";
import { rateWords, sizeWords } from "./words.js";

/**
 * @typedef {import("./api.js").Stream} Stream
 * @typedef {import("./api.js").Track} Track
 *
 * @typedef {object} Tried
 * @property {Track[]} tracks
 * @property {Record<string, string>} facts
 * @property {string | null} picture JPEG, base64
 */

/** What to do, by the reason of a failure. @type {Record<string, string>} */
const ADVICE = {
  refused: "Is the port right, and is the camera's server switched on?",
  timeout: "Is the address right, and is the camera on this network? A firewall may be in between.",
  "unknown-host": "Is the name written as it should be? A number such as 192.168.1.20 always works.",
  "bad-auth": "Write both into the address: rtsp://user:password@host/path. Some cameras have a user of their own for RTSP.",
  "bad-certificate": "Cameras mostly sign their own: switch “Check the certificate” off under Options if the network between is yours.",
  "not-found": "Is the path right? It is different for every maker: look for “RTSP path” in the camera's manual.",
  unsupported: "The address answers with something that is no video. Is it a page for people?",
  forbidden: "Sources may use only the protocols of their kind, and files that the node's user may read.",
  "bad-data": "Try another of the camera's streams, or RTSP over TCP under Options.",
  closed: "Many cameras allow few viewers at once: is another program connected?",
  stalled: "It answers, and sends nothing: try RTSP over TCP or UDP under Options.",
  busy: "End the other program, or let it share the device.",
  memory: "Free some memory on the machine, or raise “Memory at most” under Options.",
};

export class TryResult {
  element = el("div", { class: "try-result", role: "status", hidden: true });
  hasFailed = false;
  isBusy = false;
  /** @type {AbortController | null} */
  #run = null;
  /** @type {string} */
  #pictureUrl = "";

  /** Show nothing, and end what runs. */
  clear() {
    this.#run?.abort();
    this.#run = null;
    this.hasFailed = this.isBusy = false;
    this.#show("");
  }

  /**
   * Try a source.
   * @param {{name: string, source: string}} spec with its options
   * @returns {Promise<boolean>} whether it works
   */
  async run(spec) {
    this.clear();
    const run = (this.#run = new AbortController());
    this.isBusy = true;
    this.#show("busy", el("span", { class: "spinner", "aria-hidden": "true" }), el("p", {}, "Trying the source …"));
    try {
      const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(spec), signal: run.signal };
      const answer = await ask(address("api/streams/try"), options);
      const found = /** @type {Tried} */ (await answer.json());
      if (run.signal.aborted) return false;
      this.isBusy = false;
      this.#found(found);
      return true;
    } catch (error) {
      if (run.signal.aborted) return false;
      this.isBusy = false;
      const reason = error instanceof ServerError ? error.reason : "";
      this.fail(error instanceof Error ? error.message : String(error), ADVICE[reason] ?? "");
      return false;
    }
  }

  /**
   * @param {string} words
   * @param {string} advice
   */
  fail(words, advice) {
    this.hasFailed = true;
    this.#show("bad", el("strong", {}, sentence(words)), advice ? el("p", {}, advice) : null);
  }

  /** @param {Tried} found */
  #found(found) {
    const words = describe(found);
    const picture = found.picture ? this.#image(found.picture) : null;
    const facts = Object.entries(found.facts ?? {}).map(([name, value]) => `${name.replaceAll("_", " ")} ${value}`);
    this.#show("good", picture, el("div", {}, el("strong", {}, "It works."), ...words.map((line) => el("p", {}, line)), facts.length ? el("p", { class: "hint" }, facts.join(" · ")) : null));
  }

  /** @param {string} base64 */
  #image(base64) {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    this.#pictureUrl = URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" }));
    return el("img", { src: this.#pictureUrl, alt: "The picture that the source sends" });
  }

  /**
   * @param {string} kind
   * @param {...(Node | null)} children
   */
  #show(kind, ...children) {
    if (this.#pictureUrl && !children.length) {
      URL.revokeObjectURL(this.#pictureUrl);
      this.#pictureUrl = "";
    }
    this.element.dataset.kind = kind;
    this.element.hidden = kind === "";
    this.element.replaceChildren(.../** @type {Node[]} */ (children.filter(Boolean)));
    if (kind) this.element.scrollIntoView({ block: "nearest" });
  }
}

/** @param {Tried} found */
function describe(found) {
  const stream = /** @type {Stream} */ (/** @type {unknown} */ ({ tracks: found.tracks }));
  const named = (/** @type {string} */ name) => found.tracks.find((track) => track.name === name);
  const video = [sizeWords(stream), rateWords(stream), named("video")?.codec].filter(Boolean).join(" · ");
  const audio = named("audio")?.codec ?? (named("samples") ? "PCM" : "");
  return [video ? `Picture: ${video}` : "No picture.", audio ? `Sound: ${audio}` : "", named("data") ? "Data." : ""].filter(Boolean);
}

/** @param {string} words */
function sentence(words) {
  const text = words[0].toUpperCase() + words.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
