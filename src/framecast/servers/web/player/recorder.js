// Records the fragments that are played, from a key frame on, as one MP4 whose times begin at zero.

import { MAX_WAITING_BYTES } from "./append-queue.js";
import { shiftBack } from "./mp4-boxes.js";

/** @import {Fragment, TrackBox} from "./mp4-boxes.js" */

const MAX_RECORDED_BYTES = 1 << 30;
const BLOB_BYTES = 8 << 20;

/** Writes to a stream, or keeps the bytes for a Blob. */
export class Recorder {
  /** @type {Blob[]} */
  #blobs = [];
  /** @type {Uint8Array<ArrayBuffer>[]} */
  #parts = [];
  #pending = 0;
  #init = /** @type {Uint8Array<ArrayBuffer> | null} */ (null);
  #start = NaN;
  #end = NaN;
  #writer;
  #isOver = false;
  /** A new connection begins with a new time line. */
  isCut = false;
  #finish = /** @type {(blob: Blob | null) => void} */ (() => {});
  bytes = 0;
  words = "";
  done = /** @type {Promise<Blob | null>} */ (new Promise((resolve) => (this.#finish = resolve)));

  /**
   * @param {WritableStream<Uint8Array> | undefined} writable
   * @param {() => void} onOver
   */
  constructor(writable, onOver) {
    this.#writer = writable?.getWriter();
    this.onOver = onOver;
    this.#writer?.closed.catch(() => this.stop("The file could not be written."));
  }

  get seconds() {
    return this.#end - this.#start || 0;
  }

  /**
   * Take an init segment, or the next fragment.
   * @param {Fragment | undefined} fragment
   * @param {Uint8Array<ArrayBuffer>} bytes
   * @param {Map<number, TrackBox>} tracks
   */
  take(fragment, bytes, tracks) {
    if (this.#isOver) return;
    if (!fragment) return this.#takeInit(bytes);
    if (!this.#init) return;
    const isVideo = fragment.kind === "video";
    if (Number.isNaN(this.#start)) {
      if (!fragment.isKey || !isVideo) return;
      this.isCut = false;
      this.#start = fragment.pts;
      this.#write(this.#init);
    } else if (this.isCut || (isVideo && Math.abs(fragment.pts - this.#end) > 1)) {
      if (!fragment.isKey || !isVideo) return;
      this.isCut = false;
      this.#start += fragment.pts - this.#end; // the source was interrupted: the file goes on without a gap
    }
    if (fragment.pts < this.#start) return; // sound that precedes the first picture
    if (isVideo) this.#end = fragment.pts + fragment.duration;
    const copy = bytes.slice();
    shiftBack(copy, tracks, this.#start);
    this.#write(copy);
  }

  /** Finish the file. @param {string} [words] the reason, if the user did not ask for it */
  stop(words = "") {
    if (this.#isOver) return this.done;
    this.#isOver = true;
    this.words = words;
    if (this.#writer) {
      const closing = this.#writer.close().catch(() => {});
      void closing.then(() => this.#finish(null));
    } else this.#finish(new Blob([...this.#blobs, ...this.#parts], { type: "video/mp4" }));
    this.#blobs = this.#parts = [];
    this.onOver();
    return this.done;
  }

  /** @param {Uint8Array<ArrayBuffer>} bytes */
  #takeInit(bytes) {
    const isSame = this.#init?.length === bytes.length && this.#init.every((byte, place) => byte === bytes[place]);
    if (this.#init && !Number.isNaN(this.#start) && !isSame) void this.stop("The stream changed its format.");
    else this.#init = bytes;
  }

  /** @param {Uint8Array<ArrayBuffer>} bytes */
  #write(bytes) {
    this.bytes += bytes.length;
    if (this.#writer) {
      this.#pending += bytes.length;
      if (this.#pending > MAX_WAITING_BYTES) return void this.stop("Recording stopped: the disk is too slow.");
      this.#writer.write(bytes).then(() => (this.#pending -= bytes.length), () => {});
      return;
    }
    this.#parts.push(bytes);
    this.#pending += bytes.length;
    if (this.#pending > BLOB_BYTES) {
      this.#blobs.push(new Blob(this.#parts)); // the browser may move it to its disk
      this.#parts = [];
      this.#pending = 0;
    }
    if (this.bytes > MAX_RECORDED_BYTES) void this.stop("Recording stopped: it reached the limit of 1 GiB.");
  }
}
