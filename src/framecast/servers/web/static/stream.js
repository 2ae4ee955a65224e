// <framecast-stream>: the page of one stream: player, actions, figures, facts, code to use it elsewhere, and technical details.

import { address, ask, base, poll, ServerError } from "./api.js";
import { Delays } from "./delays.js";
import { el, noSignalSign, say } from "./dom.js";
import { factRows, technicalRows } from "./facts.js";
import { FigureStrip } from "./figure-strip.js";
import { LibraryRecording } from "./library-recording.js";
import { FramecastPlayer } from "./player.js";
import { COLUMNS, readerRows } from "./reader-rows.js";
import { RoomSide } from "./room-side.js";
import { StreamActions } from "./stream-actions.js";
import { streamSnippets } from "./stream-snippets.js";
import { hasPictures, hasSound, seenState, sentence, stateWord } from "./words.js";

/** @typedef {import("./api.js").Stream} Stream */
/** @typedef {import("./delays.js").Figures} Figures */
/** @typedef {import("./facts.js").Row} Row */

const EVERY_MS = 1000;
const KEYS = [["Space", "pause"], ["m", "sound"], ["f", "fullscreen"], ["p", "picture in picture"], ["s", "snapshot"], ["r", "record"]];

class FramecastStream extends HTMLElement {
  #name = decodeURIComponent(location.pathname.split("/").pop() ?? "");
  #notice = el("p", { class: "notice bad", role: "alert", hidden: true });
  #title = el("h1", {}, this.#name);
  #state = el("span", { class: "state", role: "status" });
  #player = /** @type {FramecastPlayer} */ (el("framecast-player", { controls: true }));
  #blank = el("div", { class: "veil", hidden: true }, noSignalSign(), el("strong", {}, "No video"), el("span", {}, "This stream has only data."));
  #strip = new FigureStrip();
  #recording = new LibraryRecording(this.#name);
  #actions = new StreamActions(
    this.#player,
    { onSaved: () => this.#player.reconnect(), onRemove: () => this.#stop(), onFailed: (words) => this.#fail(0, words) },
    this.#recording.button,
  );
  #chat = new RoomSide(`stream:${this.#name}`);
  /** Why there is no picture, while the player does not say it itself. */
  #wrong = el("p", { class: "notice bad", hidden: true });
  #facts = el("dl", { class: "facts" });
  #technical = el("dl", { class: "facts" });
  #readers = el("tbody");
  #body = el("div", { class: "stream-body", hidden: true });
  #snippets = el("div");
  #delays = new Delays();
  /** The last error, and when it was over. */
  #lastError = "";
  /** The last status; null while the server does not answer. @type {Stream | null} */
  #stream = null;
  #stop = () => {};

  connectedCallback() {
    document.title = `${this.#name} · Framecast`;
    this.#fillBody();
    this.replaceChildren(this.#notice, el("div", { class: "stream-head" }, this.#title, this.#state), this.#body);
    this.#player.addEventListener("stats", () => this.#strip.show(this.#player.state === "live" ? this.#player.stats : null));
    this.#player.addEventListener("state", () => {
      if (this.#player.state !== "live") this.#strip.show(null);
      this.#showState();
    });
    void this.#recording.start();
    void this.#chat.start();
    this.#stop = poll((signal) => this.#ask(signal), EVERY_MS, (answer) => this.#show(...answer), (error) => this.#fail(error.status, error.message));
  }

  disconnectedCallback() {
    this.#stop();
    this.#recording.stop();
  }

  #fillBody() {
    const heads = COLUMNS.map((word) => el("th", { scope: "col" }, word));
    const table = el("table", { class: "readers" }, el("thead", {}, el("tr", {}, ...heads)), this.#readers);
    const keys = KEYS.flatMap(([key, word]) => [el("kbd", {}, key), ` ${word}`]);
    this.#body.replaceChildren(
      el("div", { class: "card stream-picture" }, this.#player, this.#blank),
      el(
        "div",
        { class: "stream-main" },
        this.#wrong,
        this.#actions.element,
        this.#recording.words,
        this.#strip.element,
        el("p", { class: "stream-keys" }, ...keys),
      ),
      el(
        "div",
        { class: "stream-side" },
        this.#chat.element,
        el("section", { class: "card" }, el("h2", {}, "About"), this.#facts),
        el("section", { class: "card" }, el("h2", {}, "Use this stream"), this.#snippets),
      ),
      el("details", { class: "card stream-technical" }, el("summary", {}, el("h2", {}, "Technical")), this.#technical, el("h3", {}, "Readers"), table),
    );
  }

  /** @param {AbortSignal} signal @returns {Promise<[Stream, Figures | undefined]>} */
  async #ask(signal) {
    const { streams } = await (await ask(address("api/stats"), { signal })).json();
    // Browsers write each 404 into the console: a stream that is gone is not requested.
    if (!(this.#name in streams)) throw new ServerError(404, "");
    const stream = await (await ask(address("api/streams", { src: this.#name }), { signal })).json();
    return [stream, streams[this.#name]];
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
    this.#showName(stream.display_name || stream.name);
    this.#actions.show(stream);
    if (figures) this.#delays.read(figures);
    this.#strip.showViewers(figures?.viewers ?? stream.viewers);
    this.#readers.replaceChildren(...readerRows(figures, this.#delays));
    this.#showState();
  }

  /** @param {string} name */
  #showName(name) {
    say(this.#title, name);
    document.title = `${name} · Framecast`;
  }

  /** The state that this page sees has priority over the last status of the server. */
  #showState() {
    const stream = this.#stream;
    const state = seenState(stream, this.#player);
    this.#state.dataset.state = state;
    say(this.#state, stateWord(state));
    if (!stream) return;
    // The player says why over its last picture: once is enough.
    const isSaid = !this.#player.hidden && this.#player.state === "nosignal" && this.#player.words !== "";
    const error = sentence(stream.message) || (isSaid ? this.#player.words : "");
    if (error) this.#lastError = `${error} (${new Date().toLocaleTimeString()})`;
    fill(this.#technical, technicalRows(stream, error ? "" : this.#lastError));
    this.#strip.element.hidden = this.#player.hidden || this.#player.state === "nosignal";
    this.#wrong.hidden = stream.message === "" || isSaid;
    say(this.#wrong, sentence(stream.message));
    fill(this.#facts, factRows(stream, state));
  }

  /** @param {boolean} isPlayable false if the stream has neither video nor audio */
  #showPlayer(isPlayable) {
    if (this.#snippets.dataset.playable !== String(isPlayable)) {
      this.#snippets.dataset.playable = String(isPlayable);
      this.#snippets.replaceChildren(streamSnippets(this.#name, isPlayable));
    }
    this.#blank.hidden = isPlayable;
    this.#player.hidden = !isPlayable;
    if (isPlayable && this.#player.src !== this.#name) this.#player.src = this.#name;
    else if (!isPlayable) this.#player.removeAttribute("src");
  }

  /**
   * @param {number} status
   * @param {string} message
   */
  #fail(status, message) {
    const isGone = status === 404;
    say(this.#notice, isGone ? `There is no stream named ${this.#name}.` : `${sentence(message)} This page retries automatically.`);
    if (isGone) this.#notice.append(" ", el("a", { href: base.href }, "All streams"));
    this.#notice.hidden = false;
    this.#stream = null;
    this.#showState();
    if (!isGone) return;
    say(this.#state, "Removed");
    this.#body.hidden = true;
    this.#player.removeAttribute("src");
  }
}

/**
 * Show rows; those without a value are left out.
 * @param {HTMLElement} list
 * @param {Row[]} rows
 */
function fill(list, rows) {
  const shown = rows.filter(([, value]) => value !== "");
  const names = shown.map(([name]) => name).join();
  if (list.dataset.shown !== names) {
    list.dataset.shown = names;
    list.replaceChildren(...shown.flatMap(([name]) => [el("dt", {}, name), el("dd")]));
  }
  const values = list.querySelectorAll("dd");
  shown.forEach(([, value], place) => say(values[place], value));
}

customElements.define("framecast-stream", FramecastStream);
