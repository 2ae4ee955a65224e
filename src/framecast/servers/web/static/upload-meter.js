// The speed of an upload, smoothed over the last seconds, and the time that is left. Pure: the clock is given.

const WINDOW_MS = 6000;
/** Before that, a speed says nothing. */
const LEAST_MS = 800;

export class Meter {
  /** @type {[number, number][]} moment in ms, bytes sent until then */
  #samples = [];

  /** Begin again: after a pause, or when the offset went back. */
  reset() {
    this.#samples = [];
  }

  /**
   * @param {number} atMs
   * @param {number} bytes sent so far
   */
  note(atMs, bytes) {
    const last = this.#samples.at(-1);
    if (last && bytes < last[1]) this.reset();
    this.#samples.push([atMs, bytes]);
    while (this.#samples.length > 2 && this.#samples[1][0] <= atMs - WINDOW_MS) this.#samples.shift();
  }

  /** Bytes per second, 0 while it is not known. @param {number} atMs */
  speed(atMs) {
    if (this.#samples.length < 2) return 0;
    const [[beginMs, begin], last] = [this.#samples[0], this.#samples[this.#samples.length - 1]];
    const elapsed = Math.max(atMs, last[0]) - beginMs;
    return elapsed < LEAST_MS ? 0 : ((last[1] - begin) * 1000) / elapsed;
  }

  /**
   * Seconds until everything is sent, null while that is not known.
   * @param {number} atMs
   * @param {number} left bytes
   */
  left(atMs, left) {
    const speed = this.speed(atMs);
    return speed > 0 ? left / speed : null;
  }
}
