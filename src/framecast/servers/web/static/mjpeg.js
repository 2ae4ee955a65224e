// Reading multipart/x-mixed-replace by fetch: each picture as it comes, whether it is a real one, and when it ends.
// An <img> would say nothing of that, and Chromium's shows each picture only when the next one begins.

/**
 * @typedef {object} Picture
 * @property {Blob} jpeg
 * @property {boolean} isLive false for a "no signal" picture
 * @property {number} capturedAt UTC seconds
 */

const BLANK_LINE = [13, 10, 13, 10];
const START_BYTES = 256 << 10;
const decoder = new TextDecoder("latin1");

/** Bytes that have come and are not taken yet, in one buffer that is used again and again. */
class Inbox {
  #bytes = new Uint8Array(START_BYTES);
  #start = 0;
  #end = 0;

  /** @param {Uint8Array} chunk */
  add(chunk) {
    if (this.#end + chunk.length > this.#bytes.length) this.#makeRoom(chunk.length);
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /**
   * Take what stands before the next blank line, undefined where that has not come.
   * @returns {string | undefined}
   */
  takeHead() {
    for (let at = this.#start; at + 4 <= this.#end; at += 1) {
      if (BLANK_LINE.every((byte, place) => this.#bytes[at + place] === byte)) {
        const text = decoder.decode(this.#bytes.subarray(this.#start, at));
        this.#start = at + 4;
        return text;
      }
    }
    return undefined;
  }

  /**
   * @param {number} count
   * @returns {Uint8Array<ArrayBuffer> | undefined} a view that is valid until the next `add`
   */
  take(count) {
    if (this.#end - this.#start < count) return undefined;
    this.#start += count;
    return this.#bytes.subarray(this.#start - count, this.#start);
  }

  /** @param {number} count */
  #makeRoom(count) {
    const kept = this.#bytes.subarray(this.#start, this.#end);
    const size = kept.length + count;
    const target = size > this.#bytes.length / 2 ? new Uint8Array(size * 2) : this.#bytes;
    if (target === this.#bytes) target.copyWithin(0, this.#start, this.#end);
    else target.set(kept);
    this.#bytes = target;
    this.#end = kept.length;
    this.#start = 0;
  }
}

/**
 * Read pictures until the stream ends.
 * @param {ReadableStream<Uint8Array>} body
 * @returns {AsyncGenerator<Picture>}
 */
export async function* pictures(body) {
  const reader = body.getReader();
  const inbox = new Inbox();
  /** @type {Map<string, string> | undefined} */
  let headers;
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) return;
      inbox.add(value);
      while (true) {
        headers ??= parse(inbox.takeHead());
        const bytes = headers && inbox.take(Number(headers.get("content-length")));
        if (!headers || !bytes) break;
        const jpeg = new Blob([bytes], { type: "image/jpeg" });
        yield { jpeg, isLive: headers.get("x-live") !== "0", capturedAt: Number(headers.get("x-timestamp")) };
        headers = undefined;
      }
    }
  } finally {
    void reader.cancel().catch(() => {});
  }
}

/**
 * @param {string | undefined} head
 * @returns {Map<string, string> | undefined}
 */
function parse(head) {
  if (head === undefined) return undefined;
  const lines = head.split("\r\n").filter((line) => line.includes(": "));
  return new Map(lines.map((line) => /** @type {[string, string]} */ (line.toLowerCase().split(": ", 2))));
}
