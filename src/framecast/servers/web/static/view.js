// <framecast-view src="NAME" width="640">: the live picture of a stream, by MJPEG.
//
// While it is seen it takes one of the page's few live connections; where none is left it shows a fresh snapshot every
// two seconds. Not seen, hidden or removed, it holds nothing. A failed source shows as the server's own "no signal"
// picture; a server that is gone, as a veil with words: never as a picture that stands still.

import { address, ask, ServerError } from "./api.js";
import * as budget from "./budget.js";
import { el, noSignalSign, say } from "./dom.js";
import { pictures } from "./mjpeg.js";
import { Screen } from "./screen.js";

const SNAPSHOT_EVERY_MS = 2000;
const RETRY_MS = [300, 1000, 2000, 4000];
const LOST = "Connection lost";

export class FramecastView extends HTMLElement {
  static observedAttributes = ["src", "width"];

  #screen = new Screen();
  #title = el("strong", {}, "Connecting");
  #words = el("span");
  #veil = el("div", { class: "veil" }, noSignalSign(), this.#title, this.#words);
  #isSeen = false;
  #isServerThere = true;
  #failures = 0;
  /** What runs now; aborting it ends it. @type {AbortController | null} */
  #run = null;
  #observer = new IntersectionObserver((entries) => {
    this.#isSeen = entries[entries.length - 1].isIntersecting;
    this.#update();
  }, { rootMargin: "100px" });
  #update = () => {
    const isWanted = this.isConnected && this.#isSeen && this.#isServerThere && !document.hidden && this.src !== "";
    if (isWanted && !this.#run) this.#start();
    else if (!isWanted) this.#stop();
  };

  connectedCallback() {
    if (!this.#veil.parentNode) this.append(this.#screen.canvas, this.#veil);
    document.addEventListener("visibilitychange", this.#update);
    this.#observer.observe(this);
  }

  disconnectedCallback() {
    this.#observer.disconnect();
    document.removeEventListener("visibilitychange", this.#update);
    this.#isSeen = false;
    this.#stop();
  }

  attributeChangedCallback() {
    this.#stop();
    this.#screen.clear();
    this.#cover("Connecting", "");
    this.#update();
  }

  /** The stream's name. */
  get src() {
    return this.getAttribute("src") ?? "";
  }

  /**
   * Say whether the server answers: a page that asks it knows that sooner than a picture.
   * @param {boolean} isThere
   */
  setServer(isThere) {
    if (isThere === this.#isServerThere) return;
    this.#isServerThere = isThere;
    if (!isThere) this.#cover(LOST, "This page tries again by itself.");
    this.#failures = 0;
    this.#update();
  }

  #start() {
    const run = (this.#run = new AbortController());
    const isLive = budget.take();
    this.toggleAttribute("live", isLive);
    if (isLive) run.signal.addEventListener("abort", budget.giveBack);
    else run.signal.addEventListener("abort", budget.whenFree(() => this.#restart()));
    void this.#keepShowing(run.signal, isLive);
  }

  #stop() {
    this.#run?.abort();
    this.#run = null;
    this.toggleAttribute("live", false);
  }

  #restart() {
    this.#stop();
    this.#update();
  }

  /**
   * Show pictures until `signal` ends it; try again where they end.
   * @param {AbortSignal} signal
   * @param {boolean} isLive
   */
  async #keepShowing(signal, isLive) {
    while (!signal.aborted) {
      try {
        await (isLive ? this.#showLive(signal) : this.#showSnapshots(signal));
        if (!signal.aborted) this.#cover(LOST, "Trying again.");
      } catch (error) {
        if (signal.aborted) return;
        const isOut = !(error instanceof ServerError) || error.status === 0;
        this.#cover(isOut ? LOST : "No signal", error instanceof ServerError ? error.message : "Trying again.");
      }
      await pause(RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)], signal);
      this.#failures += 1;
    }
  }

  /** @param {AbortSignal} signal */
  async #showLive(signal) {
    const response = await ask(address("api/stream.mjpeg", this.#query()), { signal });
    for await (const picture of pictures(/** @type {ReadableStream<Uint8Array>} */ (response.body))) {
      if (signal.aborted) return;
      this.#show(picture);
    }
  }

  /** @param {AbortSignal} signal */
  async #showSnapshots(signal) {
    while (!signal.aborted) {
      const response = await ask(address("api/frame.jpeg", { ...this.#query(), cache: "1s" }), { signal });
      this.#show({ jpeg: await response.blob(), isLive: true, capturedAt: Date.now() / 1000 });
      await pause(SNAPSHOT_EVERY_MS, signal);
    }
  }

  #query() {
    return { src: this.src, w: Number(this.getAttribute("width") ?? 0) };
  }

  /** @param {import("./mjpeg.js").Picture} picture */
  #show(picture) {
    this.#failures = 0;
    this.#veil.hidden = true;
    const label = picture.isLive ? `Live picture of ${this.src}` : `No signal from ${this.src}`;
    if (this.#screen.canvas.ariaLabel !== label) this.#screen.canvas.ariaLabel = label;
    this.#screen.show(picture);
  }

  /**
   * @param {string} title
   * @param {string} words
   */
  #cover(title, words) {
    say(this.#title, title);
    say(this.#words, words);
    this.#veil.hidden = false;
  }
}

/**
 * @param {number} ms
 * @param {AbortSignal} signal ends it early
 */
function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve(undefined)), { once: true });
  });
}

customElements.define("framecast-view", FramecastView);
