// <framecast-view src="NAME" width="640">: the live picture of a stream, by MJPEG.
//
// While it is seen it takes one of the page's few live connections; where none is left it shows a fresh snapshot every
// two seconds. Not seen, hidden or removed, it holds nothing. A failed source shows as the server's own "no signal"
// picture; a server that is gone, as a veil with words: never as a picture that stands still.

import { address, ask, ServerError } from "./api.js";
import * as budget from "./budget.js";
import { el, noSignalSign, say } from "./dom.js";

const SNAPSHOT_EVERY_MS = 2000;
const RETRY_MS = [500, 1000, 2000, 4000];

export class FramecastView extends HTMLElement {
  static observedAttributes = ["src", "width"];

  #image = /** @type {HTMLImageElement} */ (el("img", { alt: "", decoding: "async" }));
  #title = el("strong", {}, "Connecting");
  #words = el("span");
  #veil = el("div", { class: "veil" }, noSignalSign(), this.#title, this.#words);
  #isSeen = false;
  #isLive = false;
  #failures = 0;
  #timer = 0;
  /** @type {AbortController | null} */
  #asking = null;
  #stopWaiting = () => {};
  #observer = new IntersectionObserver((entries) => {
    this.#isSeen = entries[entries.length - 1].isIntersecting;
    this.#update();
  }, { rootMargin: "100px" });
  #onVisibility = () => this.#update();

  connectedCallback() {
    if (!this.#image.parentNode) this.append(this.#image, this.#veil);
    this.#image.addEventListener("load", this.#onLoad);
    this.#image.addEventListener("error", this.#onError);
    document.addEventListener("visibilitychange", this.#onVisibility);
    this.#observer.observe(this);
  }

  disconnectedCallback() {
    this.#observer.disconnect();
    document.removeEventListener("visibilitychange", this.#onVisibility);
    this.#image.removeEventListener("load", this.#onLoad);
    this.#image.removeEventListener("error", this.#onError);
    this.#isSeen = false;
    this.#stop();
  }

  attributeChangedCallback() {
    if (!this.isConnected) return;
    this.#stop();
    this.#update();
  }

  /** The stream's name. */
  get src() {
    return this.getAttribute("src") ?? "";
  }

  /** True while it shows moving pictures, false for snapshots. */
  get isLive() {
    return this.#isLive;
  }

  /**
   * Say that the server is gone (or back): a live picture cannot know.
   * @param {boolean} isThere
   */
  setServer(isThere) {
    if (isThere) {
      if (this.#title.textContent === LOST) this.#restart();
    } else {
      this.#stop();
      this.#cover(LOST, "This page tries again by itself.");
    }
  }

  #restart() {
    this.#failures = 0;
    this.#stop();
    this.#update();
  }

  #update() {
    const wanted = this.isConnected && this.#isSeen && !document.hidden && this.src !== "";
    const runs = this.#isLive || this.#timer !== 0 || this.#asking !== null;
    if (wanted && !runs) this.#start();
    else if (!wanted && runs) this.#stop();
  }

  #start() {
    this.#image.alt = `Live picture of ${this.src}`;
    if (budget.take()) {
      this.#isLive = true;
      this.#stopWaiting();
      this.toggleAttribute("live", true);
      const width = Number(this.getAttribute("width") ?? 0);
      // The number makes the address new, so that the browser opens a new connection after a failure.
      this.#image.src = address("api/stream.mjpeg", { src: this.src, w: width, n: Date.now() });
    } else {
      this.#stopWaiting = budget.whenFree(() => this.#restart());
      void this.#snapshot();
    }
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#asking?.abort();
    this.#asking = null;
    this.#stopWaiting();
    this.#release();
    this.#image.removeAttribute("src");
  }

  #release() {
    if (!this.#isLive) return;
    this.#isLive = false;
    this.toggleAttribute("live", false);
    budget.giveBack();
  }

  #onLoad = () => {
    this.#failures = 0;
    this.#veil.hidden = true;
  };

  #onError = () => {
    if (!this.#image.hasAttribute("src")) return;
    this.#image.removeAttribute("src");
    this.#release();
    this.#later("No picture", "Trying again.");
  };

  async #snapshot() {
    const asking = (this.#asking = new AbortController());
    try {
      const url = address("api/frame.jpeg", { src: this.src, w: Number(this.getAttribute("width") ?? 0), cache: "1s" });
      const picture = await (await ask(url, { signal: asking.signal })).blob();
      if (asking.signal.aborted) return;
      this.#show(URL.createObjectURL(picture));
      this.#timer = setTimeout(() => void this.#snapshot(), SNAPSHOT_EVERY_MS);
    } catch (error) {
      if (asking.signal.aborted) return;
      const isOut = error instanceof ServerError && error.status === 0;
      this.#later(isOut ? LOST : "No signal", error instanceof Error ? error.message : String(error));
    } finally {
      if (this.#asking === asking) this.#asking = null;
    }
  }

  /** @param {string} url */
  #show(url) {
    const image = this.#image;
    image.addEventListener("load", () => URL.revokeObjectURL(url), { once: true });
    image.src = url;
  }

  /**
   * @param {string} title
   * @param {string} words
   */
  #later(title, words) {
    this.#cover(title, words);
    const wait = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)];
    this.#failures += 1;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      this.#update();
    }, wait);
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

const LOST = "Connection lost";

customElements.define("framecast-view", FramecastView);
