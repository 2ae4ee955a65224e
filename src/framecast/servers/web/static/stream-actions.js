// The buttons of the page of a stream: snapshot, record, on my phone, reconnect, edit, remove. Streams that stand elsewhere are changed there.

import { address, ask, base } from "./api.js";
import { confirmed } from "./confirm.js";
import { el, say } from "./dom.js";
import { durationWords } from "./duration.js";
import { icon } from "./icons.js";
import { PhoneSheet } from "./phone-sheet.js";
import { FramecastPlayer } from "./player.js";
import { StreamForm } from "./stream-form.js";
import { ELSEWHERE } from "./wall-menu.js";

/**
 * @typedef {import("./api.js").Stream} Stream
 *
 * @typedef {object} ActionEvents
 * @property {() => void} onSaved the stream has other settings now
 * @property {() => void} onRemove the stream will be gone: nothing is asked about it any more
 * @property {(words: string) => void} onFailed
 */

export class StreamActions {
  #player;
  #events;
  /** @type {Stream | null} */
  #stream = null;
  #form = new StreamForm(() => this.#events.onSaved());
  #snapshot = action("shot", "Snapshot", () => void this.#player.saveSnapshot());
  #record = action("record", "Record to this device", () => void this.#toggleRecording());
  #phone = action("phone", "On my phone", () => void new PhoneSheet(this.#stream?.name ?? "").open());
  #again = action("again", "Reconnect", () => void this.#restart(), "for-control");
  #edit = action("edit", "Edit", () => this.#form.open(this.#stream), "for-control");
  #remove = action("remove", "Remove", () => void this.#ask(), "for-control");
  #where = el("p", { class: "hint stream-where for-control", hidden: true });
  element;

  /**
   * @param {FramecastPlayer} player
   * @param {ActionEvents} events
   * @param {HTMLElement[]} others more buttons
   */
  constructor(player, events, ...others) {
    this.element = el("div", { class: "stream-actions" }, this.#snapshot, this.#record, ...others, this.#phone, this.#again, this.#edit, this.#remove, this.#where);
    this.#player = player;
    this.#events = events;
    for (const type of ["stats", "state"]) player.addEventListener(type, () => this.#showPlayer());
  }

  /** @param {Stream} stream */
  show(stream) {
    this.#stream = stream;
    const where = ELSEWHERE[stream.configured] ?? "";
    if (this.#where.hidden && where) {
      say(this.#where, where);
      if (stream.configured === "file") void this.#nameFile();
    }
    this.#where.hidden = where === "";
    this.#edit.hidden = this.#remove.hidden = where !== "";
    this.#snapshot.hidden = this.#record.hidden = this.#player.hidden;
    this.#showPlayer();
  }

  /** Say which file it is: a machine may have several. */
  async #nameFile() {
    await this.#try(async () => {
      const { config } = await (await ask(address("api"))).json();
      if (config) say(this.#where, `Configured in ${config}: change it there.`);
    });
  }

  #showPlayer() {
    const { recording, recorded, state, playing } = this.#player;
    const isOn = recording;
    this.#snapshot.disabled = !["live", "paused"].includes(state);
    this.#record.disabled = !isOn && (state !== "live" || playing !== "mse");
    this.#record.classList.toggle("is-on", isOn);
    this.#record.setAttribute("aria-pressed", String(isOn));
    this.#record.title = state === "live" && playing !== "mse" ? "This browser plays the stream as pictures: only video can be recorded." : "Into a file on this device";
    label(this.#record, isOn ? `Stop ${durationWords(recorded)}` : "Record to this device");
  }

  async #toggleRecording() {
    const done = this.#player.saveRecording();
    this.#showPlayer();
    await done;
    this.#showPlayer();
  }

  async #restart() {
    this.#again.disabled = true;
    await this.#try(() => ask(address("api/restart", { src: this.#stream?.name ?? "" }), { method: "POST" }));
    this.#again.disabled = false;
  }

  async #ask() {
    const name = this.#stream?.name ?? "";
    const words = `Programs and pages that use ${name} lose it, and its settings are deleted.`;
    if (!(await confirmed(`Remove ${name}?`, words, "Remove"))) return;
    const isDone = await this.#try(() => ask(address("api/streams", { src: name }), { method: "DELETE" }));
    if (!isDone) return;
    this.#events.onRemove();
    location.assign(base.href);
  }

  /** @param {() => Promise<unknown>} what */
  async #try(what) {
    try {
      await what();
      return true;
    } catch (error) {
      this.#events.onFailed(error instanceof Error ? error.message : String(error));
      return false;
    }
  }
}

/**
 * @param {string} sign
 * @param {string} words
 * @param {() => void} run
 * @param {string} [kind] a class
 */
function action(sign, words, run, kind = "") {
  return /** @type {HTMLButtonElement} */ (el("button", { class: `button ${kind}`.trim(), type: "button", onclick: run }, icon(sign), el("span", {}, words)));
}

/** @param {HTMLElement} button @param {string} words */
function label(button, words) {
  say(/** @type {Element} */ (button.lastElementChild), words);
}
