// <framecast-wall>: all streams with their states, as tiles.

import { address, ask, poll } from "./api.js";
import { el, say } from "./dom.js";
import "./snippet.js";
import { FramecastTile } from "./tile.js";
import { stateWord } from "./words.js";

/** @typedef {import("./api.js").Stream} Stream */

const EVERY_MS = 1500;
// What needs a look comes first in the sum.
const ORDER = ["offline", "stalled", "connecting", "live", "idle", "ended"];

class FramecastWall extends HTMLElement {
  #notice = el("p", { class: "notice bad", role: "alert", hidden: true });
  #sum = el("div", { class: "wall-sum", "aria-live": "polite" });
  #list = el("ul", { class: "wall-list" });
  #full = el("div", { hidden: true }, el("div", { class: "wall-head" }, el("h1", {}, "Streams"), this.#sum), this.#list);
  #empty = emptyCard();
  #loading = el("p", { class: "loading" }, "Asking the server …");
  /** @type {Map<string, FramecastTile>} */
  #tiles = new Map();
  #stop = () => {};

  connectedCallback() {
    this.replaceChildren(this.#notice, this.#loading, this.#full, this.#empty);
    const question = async () => /** @type {Promise<Record<string, Stream>>} */ ((await ask(address("api/streams"))).json());
    this.#stop = poll(question, EVERY_MS, (streams) => this.#show(streams), (error) => this.#fail(error.message));
    void showLogout();
  }

  disconnectedCallback() {
    this.#stop();
  }

  /** @param {Record<string, Stream>} streams */
  #show(streams) {
    const names = Object.keys(streams).sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
    this.#notice.hidden = true;
    this.removeAttribute("stale");
    this.#loading.hidden = true;
    this.#empty.hidden = names.length > 0;
    this.#full.hidden = names.length === 0;
    for (const [name, tile] of this.#tiles) {
      if (!(name in streams)) {
        tile.parentElement?.remove();
        this.#tiles.delete(name);
      }
    }
    names.forEach((name, place) => this.#place(streams[name], place));
    this.#sumUp(Object.values(streams));
  }

  /**
   * @param {Stream} stream
   * @param {number} place
   */
  #place(stream, place) {
    let tile = this.#tiles.get(stream.name);
    if (!tile) {
      tile = new FramecastTile();
      this.#tiles.set(stream.name, tile);
      this.#list.insertBefore(el("li", {}, tile), this.#list.children[place] ?? null);
    }
    tile.show(stream);
  }

  /** @param {Stream[]} streams */
  #sumUp(streams) {
    const parts = ORDER.map((state) => ({ state, count: streams.filter((stream) => stream.state === state).length }));
    const shown = parts.filter((part) => part.count > 0);
    const text = shown.map((part) => `${part.state}${part.count}`).join();
    if (this.#sum.dataset.shown === text) return;
    this.#sum.dataset.shown = text;
    this.#sum.replaceChildren(
      ...shown.map((part) =>
        el("span", { class: "state", "data-state": part.state }, `${part.count} ${stateWord(part.state).toLowerCase()}`),
      ),
    );
  }

  /** @param {string} message */
  #fail(message) {
    say(this.#notice, `${message} This page tries again by itself.`);
    this.#notice.hidden = false;
    this.#loading.hidden = true;
    this.setAttribute("stale", "");
    for (const tile of this.#tiles.values()) tile.setServer(false);
  }
}

function emptyCard() {
  return el(
    "section",
    { class: "card empty", hidden: true },
    el("h1", {}, "No streams yet"),
    el("p", {}, "Add a camera, a file or a test pattern. It appears here by itself."),
    el("framecast-snippet", { wrap: true, title: "A camera" }, "framecast add front-door rtsp://user:password@192.168.1.20/stream"),
    el("framecast-snippet", { title: "No camera at hand" }, "framecast add demo pattern:"),
    el("framecast-snippet", { wrap: true, title: "The same over HTTP" }, `curl -X PUT "${address("api/streams", { name: "demo", src: "pattern:" })}"`),
  );
}

/** A session can be ended only where there are any. */
async function showLogout() {
  try {
    const facts = await (await ask(address("api"))).json();
    const form = document.querySelector(".logout");
    if (form instanceof HTMLElement) form.hidden = facts.login !== true;
  } catch {
    // The list says what is wrong.
  }
}

customElements.define("framecast-wall", FramecastWall);
