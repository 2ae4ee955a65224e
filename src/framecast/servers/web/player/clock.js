// The clock of this page and that of the server.

/** Seconds of a monotonic clock. */
export function now() {
  return performance.now() / 1000;
}

/** Estimates the server's clock from its clock messages: the one of the last 30 that was the fastest counts. */
export class ServerClock {
  /** @type {number[]} */
  #offsets = [];

  /** @param {number} serverMs UTC */
  note(serverMs) {
    this.#offsets.push(performance.now() - serverMs);
    if (this.#offsets.length > 30) this.#offsets.shift();
  }

  /** The server's time, UTC ms, at a time of `performance.now()`. @param {number} ms */
  at(ms) {
    return ms - Math.min(...this.#offsets);
  }
}
