// The result of a source's test: its picture and formats, or what is wrong and what to do.

import { address, ask } from "./api.js";
import { el } from "./dom.js";
import { rateWords, sentence, sizeWords } from "./words.js";

/**
 * @typedef {import("./api.js").Stream} Stream
 * @typedef {import("./api.js").Track} Track
 *
 * @typedef {object} Tried
 * @property {Track[]} tracks
 * @property {Record<string, string>} facts
 * @property {string | null} picture JPEG, base64
 * @property {boolean} ok false: `message` says why it does not work
 * @property {string} message
 * @property {string} [error] the kind of the error
 * @property {string} [reason] the code of a source's failure, such as `bad-auth`
 */

/** What to do, by the reason of a failure. @type {Record<string, string>} */
const ADVICE = {
  refused: "Check the port, and that the camera's server is enabled.",
  timeout: "Check the address, and that the camera is reachable from this network. A firewall may block it.",
  "unknown-host": "Check the spelling of the host name, or use an IP address such as 192.168.1.20.",
  "bad-auth": "Check user and password. Some cameras have a separate user for RTSP; others refuse for some minutes after wrong attempts.",
  "bad-certificate": "Many cameras use a self-signed certificate. If you trust the network, turn off “Verify the TLS certificate” under Options.",
  "not-found": "Check the maker, channel and path. The path differs between makers: look for RTSP in the camera's manual.",
  unsupported: "The address returns something other than video, such as a web page.",
  forbidden: "A source may use only the protocols of its kind, and files that the node's user may read.",
  "bad-data": "Try another stream of the camera, or the RTSP transport tcp under Options.",
  closed: "Many cameras limit the number of connections: check whether another program is connected.",
  stalled: "The source answers but sends nothing: try another RTSP transport under Options.",
  busy: "Close the other program that uses the device.",
  memory: "Free some memory on the machine, or raise “Memory limit” under Options.",
};

export class TryResult {
  element = el("div", { class: "try-result", role: "status", hidden: true });
  hasFailed = false;
  isBusy = false;
  /** @type {AbortController | null} */
  #run = null;
  /** @type {string} */
  #pictureUrl = "";

  /** Show nothing, and cancel a running test. */
  clear() {
    this.#run?.abort();
    this.#run = null;
    this.hasFailed = this.isBusy = false;
    this.#show("");
  }

  /**
   * Test a source.
   * @param {{name: string, source: string}} spec with its options
   * @param {(message: string) => boolean} place shows an error beside the field that it is about, if there is one
   * @returns {Promise<boolean>} whether it works
   */
  async run(spec, place) {
    this.clear();
    const run = (this.#run = new AbortController());
    this.isBusy = true;
    this.#show("busy", el("span", { class: "spinner", "aria-hidden": "true" }), el("p", {}, "Testing the source …"));
    try {
      const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(spec), signal: run.signal };
      const answer = await ask(address("api/streams/try", { result: "always" }), options);
      const found = /** @type {Tried} */ (await answer.json());
      if (run.signal.aborted) return false;
      this.isBusy = false;
      if (found.ok) this.#found(found);
      else this.#failed(found, place);
      return found.ok;
    } catch (error) {
      if (run.signal.aborted) return false;
      this.isBusy = false;
      this.fail(error instanceof Error ? error.message : String(error), "");
      return false;
    }
  }

  /**
   * @param {Tried} found
   * @param {(message: string) => boolean} place
   */
  #failed({ message, error, reason = "" }, place) {
    const isPlaced = error === "Invalid" && place(message);
    if (isPlaced) this.#show("");
    else this.fail(message, ADVICE[reason] ?? "");
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
    this.#show("good", picture, el("div", {}, el("strong", {}, "The source works."), ...words.map((line) => el("p", {}, line)), facts.length ? el("p", { class: "hint" }, facts.join(" · ")) : null));
  }

  /** @param {string} base64 */
  #image(base64) {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    this.#pictureUrl = URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" }));
    return el("img", { src: this.#pictureUrl, alt: "Picture of the source", onload: () => this.reveal() });
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
    this.reveal();
  }

  /** Scroll to what is shown. */
  reveal() {
    if (!this.element.hidden) this.element.scrollIntoView({ block: "nearest" });
  }
}

/** @param {Tried} found */
function describe(found) {
  const stream = /** @type {Stream} */ (/** @type {unknown} */ ({ tracks: found.tracks }));
  const named = (/** @type {string} */ name) => found.tracks.find((track) => track.name === name);
  const video = [sizeWords(stream), rateWords(stream), named("video")?.codec].filter(Boolean).join(" · ");
  const audio = named("audio")?.codec ?? (named("samples") ? "PCM" : "");
  return [video ? `Video: ${video}` : "No video.", audio ? `Audio: ${audio}` : "", named("data") ? "Data." : ""].filter(Boolean);
}
