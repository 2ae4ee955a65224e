// What waits for a SourceBuffer, which takes one append at a time. The queue is bounded in bytes.

const KEEP_BEHIND_S = 5;
const MAX_BEHIND_S = 10;
export const MAX_WAITING_BYTES = 8 << 20;

/**
 * @typedef {{bytes: Uint8Array<ArrayBuffer>, isKey: boolean, isInit: boolean}} Item
 * @typedef {Item | ((buffer: SourceBuffer) => void)} Entry
 */

/** Appends bytes in their order. When too much waits, whole groups of pictures are dropped, never single fragments. */
export class AppendQueue {
  /** @type {SourceBuffer | null} */
  #buffer = null;
  /** Bytes, or a call that runs when everything before it has been appended. @type {Entry[]} */
  #waiting = [];
  #bytes = 0;
  #needsKey = true;

  /** @param {{position: () => number, onTaken: () => void, onBroken: (words: string) => void}} owner */
  constructor(owner) {
    this.owner = owner;
  }

  /** @param {SourceBuffer} buffer */
  attach(buffer) {
    this.#buffer = buffer;
    buffer.onupdateend = () => {
      this.owner.onTaken();
      this.#trim();
      this.#pump();
    };
    this.#pump();
  }

  close() {
    if (this.#buffer) this.#buffer.onupdateend = null;
    this.#buffer = null;
    this.#waiting = [];
    this.#bytes = 0;
  }

  /** The buffered ranges; null if nothing is buffered. @returns {TimeRanges | null} */
  get ranges() {
    try {
      return this.#buffer?.buffered.length ? this.#buffer.buffered : null;
    } catch {
      return null; // removed from its media source: after an error, or by a browser that manages its memory
    }
  }

  /** @param {Uint8Array<ArrayBuffer>} bytes */
  addInit(bytes) {
    this.#needsKey = true;
    this.#add({ bytes, isKey: false, isInit: true });
  }

  /**
   * @param {Uint8Array<ArrayBuffer>} bytes
   * @param {boolean} isKey
   */
  addMedia(bytes, isKey) {
    if (isKey) this.#needsKey = false;
    if (this.#needsKey) return;
    this.#add({ bytes, isKey, isInit: false });
    if (this.#bytes > MAX_WAITING_BYTES) this.#shed();
  }

  /** The next bytes have another codec. @param {string} mime */
  change(mime) {
    this.#enqueue((buffer) => {
      buffer.abort();
      buffer.changeType(mime);
    });
  }

  /** Remove everything that is buffered before the next bytes. @param {() => void} onCleared */
  clear(onCleared) {
    this.#enqueue((buffer) => {
      buffer.remove(0, Infinity);
      onCleared();
    });
  }

  /** @param {(buffer: SourceBuffer) => void} work */
  #enqueue(work) {
    this.#waiting.push(work);
    this.#pump();
  }

  /** @param {Item} item */
  #add(item) {
    this.#waiting.push(item);
    this.#bytes += item.bytes.length;
    this.#pump();
  }

  #pump() {
    const buffer = this.#buffer;
    try {
      while (buffer && !buffer.updating && this.#waiting.length) {
        const next = this.#waiting[0];
        if (typeof next === "function") {
          next(buffer);
          this.#waiting.shift();
        } else this.#append(buffer);
      }
    } catch (error) {
      this.owner.onBroken(`The browser rejects this video: ${error instanceof Error ? error.message : error}`);
    }
  }

  /** All bytes up to the next call are appended at once. @param {SourceBuffer} buffer */
  #append(buffer) {
    const end = this.#waiting.findIndex((entry) => typeof entry === "function");
    const items = /** @type {Item[]} */ (this.#waiting.slice(0, end < 0 ? undefined : end));
    const bytes = items.length === 1 ? items[0].bytes : joined(items);
    try {
      buffer.appendBuffer(bytes);
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "QuotaExceededError")) throw error;
      this.#makeRoom(buffer);
      return;
    }
    this.#waiting.splice(0, items.length);
    this.#bytes -= bytes.length;
  }

  /** The browser's buffer is full. @param {SourceBuffer} buffer */
  #makeRoom(buffer) {
    const start = buffer.buffered.length ? buffer.buffered.start(0) : 0;
    const until = this.owner.position() - 0.5;
    if (until > start + 0.1) buffer.remove(0, until);
    else {
      this.#shed();
      buffer.remove(0, Infinity);
    }
  }

  /** Drop everything that waits except the newest group of pictures; drop that, too, if it is large, and wait for the next key frame. */
  #shed() {
    const isMedia = (/** @type {Entry} */ entry) => typeof entry !== "function" && !entry.isInit;
    const key = this.#waiting.findLastIndex((entry) => typeof entry !== "function" && entry.isKey);
    const rest = bytesOf(this.#waiting.slice(Math.max(0, key)));
    const keep = key > 0 && rest < MAX_WAITING_BYTES / 2;
    this.#waiting = this.#waiting.filter((entry, place) => !isMedia(entry) || (keep && place >= key));
    this.#needsKey = !keep;
    this.#bytes = bytesOf(this.#waiting);
  }

  #trim() {
    const ranges = this.ranges;
    const buffer = this.#buffer;
    const position = this.owner.position();
    if (!buffer || buffer.updating || !ranges || position - ranges.start(0) < MAX_BEHIND_S) return;
    buffer.remove(0, position - KEEP_BEHIND_S);
  }
}

/** @param {Item[]} items */
function joined(items) {
  const whole = new Uint8Array(items.reduce((sum, item) => sum + item.bytes.length, 0));
  let at = 0;
  for (const { bytes } of items) {
    whole.set(bytes, at);
    at += bytes.length;
  }
  return whole;
}

/** @param {Entry[]} entries */
function bytesOf(entries) {
  return entries.reduce((sum, entry) => sum + (typeof entry === "function" ? 0 : entry.bytes.length), 0);
}
