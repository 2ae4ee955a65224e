// How long to wait before the next try: the wait doubles up to a limit. Jitter keeps the players of a wall from reconnecting all at once.

const FIRST_WAIT_MS = 400;
const MAX_WAIT_MS = 8000;

export class Backoff {
  #tries = 0;

  /** @param {() => number} [random] returns 0 to 1 */
  constructor(random = Math.random) {
    this.random = random;
  }

  /** Milliseconds until the next try. */
  next() {
    const longest = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#tries);
    this.#tries += 1;
    return longest * (0.75 + 0.25 * this.random());
  }

  /** The last try succeeded: start from the shortest wait again. */
  reset() {
    this.#tries = 0;
  }
}
