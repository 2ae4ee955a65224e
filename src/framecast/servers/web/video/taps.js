// What fingers mean on the picture. Pure: touches in, meanings out.

const DOUBLE_MS = 300;
const DRAG_PX = 14;
/** A drag over the whole width goes so far at most. */
const MOST_DRAG_S = 180;

/** @typedef {"left" | "middle" | "right"} Third */

/** The third of the picture. @param {number} x @param {number} width @returns {Third} */
export function thirdOf(x, width) {
  if (x < width / 3) return "left";
  return x > (2 * width) / 3 ? "right" : "middle";
}

/** Counts taps: the second one in the same third within a short time is a double tap, and each one after it counts on. */
export class Taps {
  #last = -Infinity;
  /** @type {Third} */
  #third = "middle";
  #count = 0;

  /**
   * @param {Third} third
   * @param {number} now in ms
   * @returns {number} 1 for a single tap, 2 for a double tap, and so on
   */
  add(third, now) {
    this.#count = now - this.#last <= DOUBLE_MS && third === this.#third ? this.#count + 1 : 1;
    [this.#last, this.#third] = [now, third];
    return this.#count;
  }
}

/**
 * Where a drag on the picture leads; null for a touch that does not move.
 * @param {{x: number, y: number}} from
 * @param {{x: number, y: number}} to
 * @param {number} width of the picture
 * @param {number} begin the place at which it began
 * @param {number} duration
 */
export function dragPlace(from, to, width, begin, duration) {
  const [x, y] = [to.x - from.x, to.y - from.y];
  if (Math.abs(x) < DRAG_PX || Math.abs(x) < 1.2 * Math.abs(y) || !(width > 0)) return null;
  return Math.min(duration, Math.max(0, begin + (x / width) * Math.min(MOST_DRAG_S, duration)));
}
