// <framecast-stream>: the page of one stream: live picture, facts, readers, and how programs get at it.

import { address, ask, poll } from "./api.js";
import { el, say } from "./dom.js";
import { factRows } from "./facts.js";
import { Rates } from "./rates.js";
import "./snippet.js";
import { FramecastView } from "./view.js";
import { stateWord } from "./words.js";

/** @typedef {import("./api.js").Stream} Stream */
/** @typedef {import("./rates.js").Figures} Figures */

const EVERY_MS = 1000;

class FramecastStream extends HTMLElement {
  #name = decodeURIComponent(location.pathname.split("/").pop() ?? "");
  #notice = el("p", { class: "notice bad", role: "alert", hidden: true });
  #state = el("span", { class: "state", role: "status" });
  #view = /** @type {FramecastView} */ (el("framecast-view"));
  #wrong = el("p", { class: "wrong-box", hidden: true });
  #facts = el("dl", { class: "facts" });
  #readers = el("tbody");
  #again = /** @type {HTMLButtonElement} */ (el("button", { class: "button", type: "button", onclick: () => void this.#restart() }, "Reconnect"));
  #rates = new Rates();
  #stop = () => {};

  connectedCallback() {
    document.title = `${this.#name} · Framecast`;
    this.#view.setAttribute("src", this.#name);
    this.replaceChildren(this.#notice, this.#head(), this.#body());
    this.#stop = poll(() => this.#ask(), EVERY_MS, (answer) => this.#show(...answer), (error) => this.#fail(error.status, error.message));
  }

  disconnectedCallback() {
    this.#stop();
  }

  #head() {
    const snapshot = address("api/frame.jpeg", { src: this.#name });
    return el(
      "div",
      { class: "stream-head" },
      el("h1", {}, this.#name),
      this.#state,
      el("div", { class: "stream-actions" }, el("a", { class: "button", href: snapshot, download: `${this.#name}.jpg` }, "Snapshot"), this.#again),
    );
  }

  #body() {
    const heads = ["Reader", "Track", "Policy", "Received", "Dropped", "Latency"].map((word) => el("th", { scope: "col" }, word));
    const table = el("table", { class: "readers" }, el("thead", {}, el("tr", {}, ...heads)), this.#readers);
    return el(
      "div",
      { class: "stream-body" },
      el("div", { class: "card stream-picture" }, this.#view),
      el(
        "div",
        { class: "stream-side" },
        el("section", { class: "card" }, el("h2", {}, "Facts"), this.#wrong, this.#facts),
        el("section", { class: "card" }, el("h2", {}, "Use it in a program"), this.#snippets()),
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
    return el(
      "div",
      { class: "snippets" },
      el("framecast-snippet", { title: "Python, on this machine" }, python),
      el("framecast-snippet", { wrap: true, title: "Live picture (MJPEG)" }, address("api/stream.mjpeg", { src: this.#name })),
      el("framecast-snippet", { wrap: true, title: "Snapshot (JPEG)" }, address("api/frame.jpeg", { src: this.#name })),
    );
  }

  /** @returns {Promise<[Stream, Figures | undefined]>} */
  async #ask() {
    const [stream, stats] = await Promise.all([
      ask(address("api/streams", { src: this.#name })).then((answer) => answer.json()),
      ask(address("api/stats")).then((answer) => answer.json()),
    ]);
    return [stream, stats.streams[this.#name]];
  }

  /**
   * @param {Stream} stream
   * @param {Figures} [figures]
   */
  #show(stream, figures) {
    this.#notice.hidden = true;
    this.#view.setServer(true);
    this.#state.dataset.state = stream.state;
    say(this.#state, stateWord(stream.state));
    this.#wrong.hidden = stream.message === "";
    say(this.#wrong, stream.message && `Last error: ${stream.message}.`);
    if (figures) this.#rates.read(figures);
    this.#showFacts(factRows(stream, figures, this.#rates));
    this.#readers.replaceChildren(...readerRows(figures, this.#rates));
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
    say(this.#notice, isGone ? `There is no stream named ${this.#name}.` : `${message} This page tries again by itself.`);
    this.#notice.hidden = false;
    this.#view.setServer(false);
    this.#state.dataset.state = "ended";
    say(this.#state, isGone ? "Removed" : "");
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

/**
 * @param {Figures | undefined} figures
 * @param {Rates} rates
 * @returns {HTMLElement[]}
 */
function readerRows(figures, rates) {
  const rows = (figures?.tracks ?? []).flatMap((track) =>
    track.readers.map((reader) => {
      const latency = rates.latency(track.name, reader.id);
      const cells = [reader.label || "a program", track.name, reader.policy, String(reader.sent), String(reader.dropped), latency === undefined ? "–" : `${latency.toFixed(1)} ms`];
      return el("tr", {}, ...cells.map((cell) => el("td", {}, cell)));
    }),
  );
  return rows.length ? rows : [el("tr", {}, el("td", { colspan: "6", class: "muted" }, "Nobody reads this stream now."))];
}

customElements.define("framecast-stream", FramecastStream);
