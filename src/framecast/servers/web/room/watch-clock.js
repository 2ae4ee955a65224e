// The server's clock as this page measures it: by pings and their answers. Pure: the caller gives all times, in seconds of a clock that is never set.

/** Quartz clocks of two machines part by less than this, in seconds a second. */
const DRIFT = 1e-4;
const MOST_SAMPLES = 12;
const MOST_TRIP_S = 10;
/** The server rounds its times to less than this. */
const ROUNDING_S = 1e-4;

/** @typedef {{offsetS: number, errorS: number, at: number}} Sample */

export class ServerClock {
  /** @type {Sample[]} */
  #samples = [];

  get isKnown() {
    return this.#samples.length > 0;
  }

  /**
   * The answer to a ping has come. The server has read its clock between the two times, so the middle is wrong by half of the round trip at most.
   * @param {number} sentS
   * @param {number} receivedS
   * @param {number} serverS
   */
  note(sentS, receivedS, serverS) {
    const tripS = receivedS - sentS;
    if (!(tripS >= 0 && tripS <= MOST_TRIP_S) || !Number.isFinite(serverS)) return;
    const sample = { offsetS: serverS - (sentS + receivedS) / 2, errorS: tripS / 2 + ROUNDING_S, at: receivedS };
    // A sample that contradicts this one was taken before a clock was set, or before this machine slept.
    const fitting = this.#samples.filter((one) => Math.abs(one.offsetS - sample.offsetS) <= boundOf(one, receivedS) + sample.errorS);
    this.#samples = [...fitting, sample].slice(-MOST_SAMPLES);
  }

  /** The server's time, UTC in seconds; NaN before the first answer. @param {number} nowS */
  now(nowS) {
    return nowS + (this.#best(nowS)?.offsetS ?? NaN);
  }

  /** By how much `now` may be wrong, in seconds; Infinity before the first answer. @param {number} nowS */
  errorS(nowS) {
    const best = this.#best(nowS);
    return best ? boundOf(best, nowS) : Infinity;
  }

  /** The fastest round trip; an old one counts less. @param {number} nowS */
  #best(nowS) {
    return this.#samples.reduce((best, one) => (best && boundOf(best, nowS) <= boundOf(one, nowS) ? best : one), /** @type {Sample | null} */ (null));
  }
}

/** @param {Sample} sample @param {number} nowS */
function boundOf(sample, nowS) {
  return sample.errorS + DRIFT * Math.abs(nowS - sample.at);
}
