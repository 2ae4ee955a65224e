// One file on its way to the server. It goes on after a lost connection, a restarted server, a pause, and a reload of the page, from the offset that
// the server has; what it cannot go on with is an error in words, and a person may try again.

import * as memory from "./upload-memory.js";
import { Meter } from "./upload-meter.js";
import * as protocol from "./upload-protocol.js";
import { HEAD_BYTES, fingerprintOf, requestBytes, titleOf, verdictOf, waitMs } from "./upload-rules.js";

/**
 * @typedef {"waiting" | "sending" | "retrying" | "paused" | "done" | "failed" | "cancelled"} TaskState
 *
 * @typedef {object} Choice
 * @property {string} [title]
 * @property {string} visibility
 * @property {string} [url] of the upload to go on with
 * @property {FileSystemFileHandle} [handle]
 *
 * @typedef {object} Means what a test replaces
 * @property {Pick<typeof protocol, "create" | "offsetOf" | "send" | "drop" | "idOf">} server
 * @property {Pick<typeof memory, "recall" | "remember" | "forget" | "keepHandle" | "markRunning">} memory
 * @property {() => number} now in ms
 * @property {(ms: number, signal: AbortSignal) => Promise<void>} wait
 */

const CHANGED = "The file was changed, moved or deleted since it was chosen. Choose it again.";

export class UploadTask {
  /** @type {TaskState} */
  state = "waiting";
  /** What went wrong, "" if nothing did. */
  words = "";
  /** Bytes that are stored. */
  offset = 0;
  /** Bytes that are sent: those that are stored, and those on their way. */
  sent = 0;
  url = "";
  /** The id of the video, "" before the server has said it. */
  video = "";
  /** What became of the video after it was stored. */
  fate = { words: "", isWrong: false };
  /** Called after each change. */
  onChange = () => {};
  #meter = new Meter();
  #stopping = new AbortController();
  #fingerprint = "";
  /** The upload that other tabs know to run here. */
  #marked = "";
  #restarts = 0;
  #file;
  #choice;
  #means;

  /**
   * @param {File} file
   * @param {Choice} choice
   * @param {Means} [means]
   */
  constructor(file, choice, means = { server: protocol, memory, now: () => performance.now(), wait: waitOnline }) {
    this.#file = file;
    this.#choice = choice;
    this.#means = means;
    this.url = choice.url ?? "";
  }

  get name() {
    return this.#file.name;
  }

  get size() {
    return this.#file.size;
  }

  get title() {
    return this.#choice.title || titleOf(this.#file.name);
  }

  /** Who may see the video, until the upload begins. @param {string} value */
  set visibility(value) {
    this.#choice = { ...this.#choice, visibility: value };
  }

  /**
   * Say what became of the video.
   * @param {string} words
   * @param {boolean} isWrong
   */
  follow(words, isWrong) {
    this.fate = { words, isWrong };
    this.onChange();
  }

  /** What a file is known by before it is read. */
  get key() {
    return `${this.#file.size}-${this.#file.lastModified}-${this.#file.name}`;
  }

  /** What another page needs to go on with it. @returns {import("./upload-handover.js").Kept} */
  get kept() {
    const { visibility, handle } = this.#choice;
    return { key: this.key, file: this.#file, url: this.url, visibility, handle, isPaused: this.state === "paused" };
  }

  /** It cannot be uploaded. @param {string} words why; "" if it can */
  refuse(words) {
    if (words) this.#set("failed", words);
  }

  /** The upload's id at the server, "" before it has one. */
  get id() {
    return this.url && this.#means.server.idOf(this.url);
  }

  /** Bytes per second, 0 while it is not known. */
  get speed() {
    return this.state === "sending" ? this.#meter.speed(this.#means.now()) : 0;
  }

  get isOver() {
    return ["done", "failed", "cancelled"].includes(this.state);
  }

  /** Send it; returns when it is over or paused. */
  async run() {
    if (this.state !== "waiting") return;
    const stopping = (this.#stopping = new AbortController());
    const { signal } = stopping;
    this.#marked = "";
    this.#set("sending");
    try {
      await this.#insist(signal);
      this.#means.memory.forget(this.#fingerprint);
      this.#set("done");
    } catch (error) {
      if (!signal.aborted) this.#set("failed", error instanceof Error ? error.message : String(error));
    } finally {
      stopping.abort();
    }
  }

  /** Stop sending; what the server has stays there. */
  pause() {
    if (this.isOver || this.state === "paused") return;
    this.#set("paused");
    this.#stopping.abort();
  }

  /** Wait for a turn again: after a pause or an error. */
  resume() {
    if (this.state === "paused" || this.state === "failed") this.#set("waiting");
  }

  /** Give it up; the server deletes what it has. */
  async cancel() {
    if (this.state === "done" || this.state === "cancelled") return;
    this.#set("cancelled");
    this.#stopping.abort();
    if (this.#fingerprint) this.#means.memory.forget(this.#fingerprint);
    if (this.url) await this.#means.server.drop(this.url);
  }

  /** @param {AbortSignal} signal */
  async #insist(signal) {
    for (let attempt = 0; ; attempt++) {
      const before = this.offset;
      try {
        await this.#attempt(signal);
        return;
      } catch (error) {
        if (signal.aborted || !(error instanceof protocol.UploadError)) throw error;
        if (this.offset > before) attempt = this.#restarts = 0;
        await this.#recover(error, attempt, signal);
      }
    }
  }

  /**
   * Do what follows an error, or raise it.
   * @param {protocol.UploadError} error
   * @param {number} attempt
   * @param {AbortSignal} signal
   */
  async #recover(error, attempt, signal) {
    const verdict = verdictOf(error.status);
    const isRefused = verdict === "stop" || (verdict === "offset" && !this.url); // there is no offset before it has begun
    const isLost = verdict === "new" && (!this.url || ++this.#restarts > 1);
    if (isRefused || isLost) throw error;
    if (verdict === "new") this.#begin();
    if (error.status === 0 && !(await this.#isReadable())) throw new Error(CHANGED);
    if (verdict !== "again" && attempt === 0) return;
    this.#meter.reset();
    this.sent = this.offset;
    this.#set("retrying", error.message);
    await this.#means.wait(waitMs(attempt, error.afterS), signal);
    signal.throwIfAborted();
    this.#set("sending");
  }

  /** Forget the upload: the server does not have it any more. */
  #begin() {
    this.#means.memory.forget(this.#fingerprint);
    this.url = "";
    this.offset = this.sent = 0;
  }

  async #isReadable() {
    try {
      await this.#file.slice(this.offset, this.offset + 1).arrayBuffer();
      return true;
    } catch {
      return false;
    }
  }

  /** @param {AbortSignal} signal */
  async #attempt(signal) {
    await this.#find(signal);
    while (this.offset < this.size) {
      const part = this.#file.slice(this.offset, this.offset + requestBytes(this.speed));
      const onProgress = (/** @type {number} */ sent) => this.#note(this.offset + Math.min(sent, part.size));
      this.#learn(await this.#means.server.send(this.url, this.offset, part, onProgress, signal));
    }
  }

  /** Find the upload to go on with, or begin one. @param {AbortSignal} signal */
  async #find(signal) {
    this.#fingerprint ||= await this.#identify();
    this.url ||= this.#means.memory.recall(this.#fingerprint);
    if (this.url) {
      this.#learn(await this.#means.server.offsetOf(this.url, signal));
    } else {
      const made = await this.#means.server.create(this.size, { filename: this.name, title: this.title, visibility: this.#choice.visibility }, signal);
      [this.url, this.video] = [made.url, made.video];
      this.#stored(0);
    }
    this.#means.memory.remember(this.#fingerprint, { url: this.url, name: this.name, size: this.size });
    if (this.#marked === this.url) return;
    this.#marked = this.url;
    this.#means.memory.markRunning(this.url, new Promise((resolve) => signal.addEventListener("abort", resolve)));
    if (this.#choice.handle) await this.#means.memory.keepHandle(this.url, this.#choice.handle);
  }

  async #identify() {
    try {
      return fingerprintOf(this.#file, new Uint8Array(await this.#file.slice(0, HEAD_BYTES).arrayBuffer()));
    } catch {
      throw new Error(CHANGED);
    }
  }

  /** @param {protocol.Stored} stored */
  #learn({ offset, video }) {
    this.video = video || this.video;
    this.#stored(offset);
  }

  /** @param {number} offset */
  #stored(offset) {
    if (offset > this.size) throw new Error("The server has more of this file than there is: it is another file of the same name.");
    this.offset = offset;
    this.#note(offset);
  }

  /** @param {number} sent */
  #note(sent) {
    this.sent = sent;
    this.#meter.note(this.#means.now(), sent);
    this.onChange();
  }

  /**
   * @param {TaskState} state
   * @param {string} [words]
   */
  #set(state, words = "") {
    if (state !== "sending") this.#meter.reset();
    this.state = state;
    this.words = words;
    this.onChange();
  }
}

/**
 * Wait, but not longer than until the network is back.
 * @param {number} ms
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function waitOnline(ms, signal) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    addEventListener("online", done);
    signal.addEventListener("abort", done);
  });
}
