// On the page of a stream: it is recorded on the server, as a video of the library, also when nobody has the page open.

import { address, ask } from "./api.js";
import { el, say } from "./dom.js";
import { durationWords } from "./duration.js";
import { icon } from "./icons.js";
import { get, send, wordsOf } from "./send.js";

/** @typedef {{id: string, stream: string, is_recording: boolean, created_at: number, may_edit: boolean}} Recording */

// How often the server is asked while it records; the time runs on by itself.
const EVERY_MS = 10_000;
const TICK_MS = 1000;

export class LibraryRecording {
  #stream;
  /** The recording that this person can end. @type {Recording | null} */
  #recording = null;
  #asked = 0;
  #timer = 0;
  #label = el("span", {}, "Record to the library");
  /** It stands beside the other buttons of the page. */
  button = /** @type {HTMLButtonElement} */ (el("button", { class: "button stream-library", type: "button", hidden: true, onclick: () => void this.#toggle() }, icon("film"), this.#label));
  words = el("p", { class: "hint stream-recorded", role: "status" });

  /** @param {string} stream its name */
  constructor(stream) {
    this.#stream = stream;
  }

  /** Show itself, if this node has a library and this person may record the stream. */
  async start() {
    try {
      const facts = await (await ask(address("api"))).json();
      if (!facts.library || !(await mayRecord(facts.access, this.#stream))) return;
      await this.#look();
    } catch {
      return; // the page says what is wrong with the server
    }
    this.button.hidden = false;
    this.#timer = window.setInterval(() => this.#tick(), TICK_MS);
  }

  stop() {
    clearInterval(this.#timer);
  }

  async #look() {
    this.#asked = Date.now();
    const { videos } = /** @type {{videos: Recording[]}} */ (await get("api/recordings"));
    const before = this.#recording;
    this.#recording = videos.find((video) => video.stream === this.#stream && video.may_edit) ?? null;
    if (before && !this.#recording) this.#link(before.id, "The recording has ended:");
    this.#show();
  }

  #tick() {
    if (!this.#recording) return;
    this.#show();
    if (Date.now() - this.#asked >= EVERY_MS) void this.#look().catch((error) => say(this.words, wordsOf(error)));
  }

  async #toggle() {
    this.button.disabled = true;
    const running = this.#recording;
    try {
      if (running) {
        await send("DELETE", `api/recordings/${encodeURIComponent(running.id)}`);
        this.#recording = null;
        this.#link(running.id, "Recorded:");
      } else {
        this.#recording = await send("POST", "api/recordings", {}, { stream: this.#stream });
        this.#asked = Date.now();
        this.#link(this.#recording?.id ?? "", "It can be watched already:");
      }
    } catch (error) {
      say(this.words, wordsOf(error));
    }
    this.button.disabled = false;
    this.#show();
  }

  #show() {
    const seconds = this.#recording ? Math.max(0, Date.now() / 1000 - this.#recording.created_at) : 0;
    say(this.#label, this.#recording ? `Stop library recording ${durationWords(seconds)}` : "Record to the library");
    this.button.classList.toggle("is-on", this.#recording !== null);
    this.button.setAttribute("aria-pressed", String(this.#recording !== null));
    if (this.#recording && !this.words.textContent) this.#link(this.#recording.id, "It can be watched already:");
  }

  /** @param {string} id @param {string} words */
  #link(id, words) {
    this.words.replaceChildren(`${words} `, el("a", { href: address(`videos/${encodeURIComponent(id)}`) }, "open the video"));
  }
}

/** @param {string} access @param {string} stream */
async function mayRecord(access, stream) {
  if (access !== "accounts") return true;
  const me = await get("api/me", { src: stream });
  return Boolean(me.may_add && (me.rights === null || me.rights.includes("record")));
}
