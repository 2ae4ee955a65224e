// Whether this player is to be waited for: it should play, and has nothing to play. Pure.

/** A shorter stop, such as at a jump, is no stall. */
const STALL_S = 0.5;
/** It goes on with so much in store, so that it does not stop again at once. */
const ENOUGH_S = 2;

export class Stall {
  /** Since when there has been nothing to play; NaN if there is something. */
  #since = NaN;
  isStalled = false;

  /**
   * @param {{shouldPlay: boolean, hasData: boolean, aheadS: number, nowS: number}} seen `aheadS`: what is in store behind the place of the room; Infinity up to the end
   * @returns {boolean} whether the answer has changed
   */
  note({ shouldPlay, hasData, aheadS, nowS }) {
    const before = this.isStalled;
    if (!shouldPlay || (hasData && (!this.isStalled || aheadS >= ENOUGH_S))) this.#since = NaN;
    else if (Number.isNaN(this.#since)) this.#since = nowS;
    this.isStalled = !Number.isNaN(this.#since) && (this.isStalled || nowS - this.#since >= STALL_S);
    return this.isStalled !== before;
  }
}
