// <framecast-stream>: the page of one stream: player, figures, facts, readers, and code to use it elsewhere.

import { address, ask, base, poll } from "./api.js";
import { el, noSignalSign, say } from "./dom.js";
import { factRows } from "./facts.js";
import { FigureStrip } from "./figure-strip.js";
import { FramecastPlayer } from "./player.js";
import { Rates } from "./rates.js";
import { readerRows } from "./reader-rows.js";
import "./snippet.js";
import { hasPictures, hasSound, seenState, sinceWords, stateWord } from "./words.js";

/** @typedef {import("./api.js").Stream} Stream */
/** @typedef {import("./rates.js").Figures} Figures */

const EVERY_MS = 1000;
const KEYS = [["Space", "pause"], ["m", "sound"], ["f", "fullscreen"], ["p", "picture in picture"], ["s", "snapshot"], ["r", "record"]];

class FramecastStream extends HTMLElement {
  #name = decodeURIComponent(location.pathname.split("/").pop() ?? "");
  #notice = el("p", { class: "notice bad", role: "alert", hidden: true });
  #state = el("span", { class: "state", role: "status" });
  #player = /** @type {FramecastPlayer} */ (el("framecast-player", { controls: true }));
  #blank = el("div", { class: "veil", hidden: true }, noSignalSign(), el("strong", {}, "No video"), el("span", {}, "This stream has only data."));
  #strip = new FigureStrip();
  #wrong = el("p", { class: "wrong-box", hidden: true });
  #facts = el("dl", { class: "facts" });
  #readers = el("tbody");
  #again = /** @type {HTMLButtonElement} */ (el("button", { class: "button", type: "button", onclick: () => void this.#restart() }, "Reconnect"));
  #body = el("div", { class: "stream-body", hidden: true });
  #rates = new Rates();
  /** The last error, and when it happened. */
  #lastError = "";
  /** The last status; null while the server does not answer. @type {Stream | null} */
  #stream = null;
  /** Facts beside the state. @type {[string, string][]} */
  #rows = [];
  #stop = () => {};

  connectedCallback() {
    document.title = `${this.#name} · Framecast`;
    this.#fillBody();
    this.replaceChildren(this.#notice, this.#head(), this.#body);
    this.#player.addEventListener("stats", () => this.#strip.show(this.#player.state === "live" ? this.#player.stats : null));
    this.#player.addEventListener("state", () => {
      if (this.#player.state !== "live") this.#strip.show(null);
      this.#showState();
    });
    this.#stop = poll((signal) => this.#ask(signal), EVERY_MS, (answer) => this.#show(...answer), (error) => this.#fail(error.status, error.message));
  }

  disconnectedCallback() {
    this.#stop();
  }

  #head() {
    return el("div", { class: "stream-head" }, el("h1", {}, this.#name), this.#state, el("div", { class: "stream-actions" }, this.#again));
  }

  #fillBody() {
    const heads = ["Reader", "Track", "Policy", "Received", "Dropped", "Latency"].map((word) => el("th", { scope: "col" }, word));
    const table = el("table", { class: "readers" }, el("thead", {}, el("tr", {}, ...heads)), this.#readers);
    const keys = KEYS.flatMap(([key, word]) => [el("kbd", {}, key), ` ${word}`]);
    this.#body.replaceChildren(
      el(
        "div",
        { class: "stream-main" },
        el("div", { class: "card stream-picture" }, this.#player, this.#blank),
        this.#strip.element,
        el("p", { class: "stream-keys" }, ...keys),
      ),
      el(
        "div",
        { class: "stream-side" },
        el("section", { class: "card" }, el("h2", {}, "Facts"), this.#wrong, this.#facts),
        el("section", { class: "card" }, el("h2", {}, "Use this stream"), this.#snippets()),
      ),
      el(
        "section",
        { class: "card stream-readers" },
        el("h2", {}, "Readers"),
        el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Readers" }, table),
      ),
    );
  }

  #snippets() {
    const python = `import framecast\n\nwith framecast.open("${this.#name}") as camera:\n    for frame in camera:\n        print(frame.bgr.shape)`;
    const embed = `<script type="module"\n  src="${new URL("static/player.js", base).href}"></script>\n<framecast-player controls muted\n  src="${this.#name}"></framecast-player>`;
    const links = [
      ["Live MP4", "api/stream.mp4"],
      ["HLS", "api/stream.m3u8"],
      ["Live pictures (MJPEG)", "api/stream.mjpeg"],
      ["Snapshot (JPEG)", "api/frame.jpeg"],
    ].map(([title, path]) => el("framecast-snippet", { wrap: true, title }, address(path, { src: this.#name })));
    return el(
      "div",
      { class: "snippets" },
      el("framecast-snippet", { title: "Python, on this machine" }, python),
      el("framecast-snippet", { wrap: true, title: "In your web page" }, embed),
      el("details", {}, el("summary", {}, "URLs for players and programs"), el("div", { class: "snippets" }, ...links)),
    );
  }

  /** @param {AbortSignal} signal @returns {Promise<[Stream, Figures | undefined]>} */
  async #ask(signal) {
    const [stream, stats] = await Promise.all([
      ask(address("api/streams", { src: this.#name }), { signal }).then((answer) => answer.json()),
      ask(address("api/stats"), { signal }).then((answer) => answer.json()),
    ]);
    return [stream, stats.streams[this.#name]];
  }

  /**
   * @param {Stream} stream
   * @param {Figures} [figures]
   */
  #show(stream, figures) {
    this.#notice.hidden = true;
    this.#body.hidden = false;
    this.#showPlayer(hasPictures(stream) || hasSound(stream));
    this.#stream = stream;
    this.#again.hidden = false;
    this.#wrong.hidden = stream.message === "";
    say(this.#wrong, stream.message && `Last error: ${stream.message}.`);
    if (stream.message) this.#lastError = `${stream.message} (${new Date(stream.since * 1000).toLocaleTimeString()})`;
    if (figures) this.#rates.read(figures);
    this.#strip.showViewers(figures?.viewers ?? stream.viewers);
    this.#rows = [...factRows(stream, figures, this.#rates), ["Last error", stream.message ? "" : this.#lastError]];
    this.#showState();
    this.#readers.replaceChildren(...readerRows(figures, this.#rates));
  }

  /** The state that this page sees has priority over the last status of the server. */
  #showState() {
    const stream = this.#stream;
    const state = seenState(stream, this.#player);
    const isSaid = stream?.state === state;
    this.#state.dataset.state = state;
    say(this.#state, stateWord(state));
    this.#showFacts([["State", stateWord(state) + (isSaid ? ` for ${sinceWords(stream.since)}` : "") + (stream?.note ? ` (${stream.note})` : "")], ...this.#rows]);
  }

  /** @param {boolean} isPlayable false if the stream has neither video nor audio */
  #showPlayer(isPlayable) {
    this.#blank.hidden = isPlayable;
    this.#player.hidden = !isPlayable;
    if (isPlayable && this.#player.src !== this.#name) this.#player.src = this.#name;
    else if (!isPlayable) this.#player.removeAttribute("src");
  }

  /** @param {[string, string][]} rows */
  #showFacts(rows) {
    const shown = rows.filter(([, value]) => value !== "");
    const names = shown.map(([name]) => name).join();
    if (this.#facts.dataset.shown !== names) {
      this.#facts.dataset.shown = names;
      this.#facts.replaceChildren(...shown.flatMap(([name]) => [el("dt", {}, name), el("dd")]));
    }
    const values = this.#facts.querySelectorAll("dd");
    shown.forEach(([, value], place) => say(values[place], value));
  }

  /**
   * @param {number} status
   * @param {string} message
   */
  #fail(status, message) {
    const isGone = status === 404;
    say(this.#notice, isGone ? `There is no stream named ${this.#name}.` : `${message} This page retries automatically.`);
    if (isGone) this.#notice.append(" ", el("a", { href: base.href }, "All streams"));
    this.#notice.hidden = false;
    this.#stream = null;
    this.#showState();
    if (!isGone) return;
    say(this.#state, "Removed");
    this.#body.hidden = this.#again.hidden = true;
    this.#player.removeAttribute("src");
  }

  async #restart() {
    this.#again.disabled = true;
    try {
      await ask(address("api/restart", { src: this.#name }), { method: "POST" });
    } catch (error) {
      this.#fail(0, error instanceof Error ? error.message : String(error));
    } finally {
      this.#again.disabled = false;
    }
  }
}

customElements.define("framecast-stream", FramecastStream);
