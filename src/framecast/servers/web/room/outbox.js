// What was said and is not in the log yet. Everything is sent in order, one at a time, and again after a lost connection with the same id:
// the server keeps one message for each id. Pure.

/**
 * @typedef {object} Unsent
 * @property {string} id of this client; the server knows a message by it
 * @property {string} text
 * @property {{seq: number, name: string, text: string} | null} replyTo
 * @property {number | null} mediaTimeS
 * @property {"waiting" | "sending" | "sent" | "failed"} state sent: the server has it, its event is on the way
 * @property {string} words why it has failed
 *
 * @typedef {{text: string, replyTo: Unsent["replyTo"], mediaTimeS: number | null}} Draft
 */

/** More is not taken while there is no connection. */
export const MOST_UNSENT = 20;

export class Outbox {
  /** In order; each is replaced, never changed. @type {Unsent[]} */
  list = [];
  #makeId;

  /** @param {() => string} makeId */
  constructor(makeId) {
    this.#makeId = makeId;
  }

  get isFull() {
    return this.list.length >= MOST_UNSENT;
  }

  /** @param {Draft} draft @returns {Unsent} */
  add(draft) {
    /** @type {Unsent} */
    const unsent = { ...draft, id: this.#makeId(), state: "waiting", words: "" };
    this.list = [...this.list, unsent];
    return unsent;
  }

  /** The next to send, if none is under way. */
  next() {
    if (this.list.some((one) => one.state === "sending")) return null;
    const found = this.list.find((one) => one.state === "waiting");
    return found ? this.#put(found.id, { state: "sending" }) : null;
  }

  /** The connection is gone: nobody knows what arrived, so all is sent again. */
  restart() {
    this.list = this.list.map((one) => (one.state === "sending" || one.state === "sent" ? { ...one, state: "waiting" } : one));
  }

  /** @param {string} id */
  sent(id) {
    this.#put(id, { state: "sent" });
  }

  /** @param {string} id @param {string} words */
  fail(id, words) {
    this.#put(id, { state: "failed", words });
  }

  /** @param {string} id */
  again(id) {
    this.#put(id, { state: "waiting", words: "" });
  }

  /** It is in the log, or given up. @param {string} id @returns {Unsent | undefined} */
  remove(id) {
    const found = this.list.find((one) => one.id === id);
    if (found) this.list = this.list.filter((one) => one !== found);
    return found;
  }

  /** What the next page of this browser goes on with. */
  saved() {
    return JSON.stringify(this.list);
  }

  /** @param {string | null} text */
  restore(text) {
    try {
      const list = JSON.parse(text ?? "[]");
      if (Array.isArray(list)) this.list = list.filter(isUnsent).slice(0, MOST_UNSENT);
    } catch {
      this.list = [];
    }
    this.restart();
  }

  /** @param {string} id @param {Partial<Unsent>} change */
  #put(id, change) {
    /** @type {Unsent | null} */
    let found = null;
    this.list = this.list.map((one) => (one.id === id ? (found = { ...one, ...change }) : one));
    return /** @type {Unsent | null} */ (found);
  }
}

/** @param {any} one @returns {one is Unsent} */
function isUnsent(one) {
  return typeof one?.id === "string" && typeof one.text === "string" && ["waiting", "sending", "sent", "failed"].includes(one.state);
}
