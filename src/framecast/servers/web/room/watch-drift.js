// What is done about a player that is not where it should be. Pure.
//
// A few milliseconds are left alone. Up to a second is made good by playing a little faster or slower, which nobody notices:
// the browser keeps the pitch. More is a jump. A correction begins above one bound and ends below a smaller one, so that it does not flicker.

/** Corrections begin above this, and end below the other one. */
const CORRECT_S = 0.02;
const CLOSE_S = 0.008;
export const JUMP_S = 1;
/** The rest of a difference shrinks by the factor e in this time. */
const SMOOTH_S = 1.2;
const MOST_RATE = 0.08;
/** Each change of the rate costs the browser's resampler something: it is changed by whole hundredths. */
const STEPS = 100;
const FIRST_WAIT_S = 2;
const MOST_WAIT_S = 32;

export class Drift {
  #isCorrecting = false;
  #jumpedAt = -Infinity;
  #waitS = FIRST_WAIT_S;

  /** Playback was changed by somebody: what came before does not count. */
  reset() {
    this.#isCorrecting = false;
    this.#jumpedAt = -Infinity;
    this.#waitS = FIRST_WAIT_S;
  }

  /**
   * The factor of the speed to play at; null for a jump.
   * @param {number} offS how far the player is ahead, in seconds; negative: behind
   * @param {number} nowS
   * @returns {number | null}
   */
  step(offS, nowS) {
    const size = Math.abs(offS);
    if (size > JUMP_S && this.mayJump(nowS)) return null;
    if (size <= CORRECT_S) this.#waitS = FIRST_WAIT_S;
    this.#isCorrecting = size > (this.#isCorrecting ? CLOSE_S : CORRECT_S);
    if (!this.#isCorrecting) return 1;
    const change = Math.min(MOST_RATE, Math.max(1 / STEPS, size / SMOOTH_S));
    return 1 - Math.sign(offS) * Math.round(change * STEPS) / STEPS;
  }

  /** A machine that is too slow to land where it jumps would jump for ever: each next jump waits twice as long. @param {number} nowS */
  mayJump(nowS) {
    return nowS - this.#jumpedAt >= this.#waitS;
  }

  /** @param {number} nowS */
  jumped(nowS) {
    if (this.#jumpedAt > -Infinity) this.#waitS = Math.min(MOST_WAIT_S, 2 * this.#waitS);
    this.#jumpedAt = nowS;
    this.#isCorrecting = false;
  }
}
