// How fast to play to stay near the live edge without running dry. Pure: times are arguments, in seconds.

const MARGIN_S = 0.02;
/** Sound needs more: a browser that runs out of sound stops until half a second is buffered. Chromium does so below 60 ms. */
const SOUND_MARGIN_S = 0.1;
const MAX_SOUND_MARGIN_S = 0.5;
const SOUND_STEP_S = 0.05;
const SLOT_S = 1;
const SLOTS = 10;
const SLOWEST = 0.97;
const FASTEST = 1.1;
/** With sound on: less than a semitone. */
const FASTEST_HEARD = 1.05;
/** Farther behind than this is not live any more: after a busy moment of the machine the player catches up within seconds. */
const FAR_S = 0.5;
const FASTEST_FAR = 1.3;
const FASTEST_FAR_HEARD = 1.1;
const DEAD_S = 0.01;
const JUMP_S = 3;

/**
 * Chooses the playback rate so that pictures are shown as late as necessary and no later.
 *
 * Each fragment has an offset: its time on the time line minus its arrival time. Played at that offset it would be due the
 * moment it arrives. The target is the second smallest offset of the last ten seconds minus a margin for decoding: the player
 * keeps enough in advance for jitter that repeats, but not for a single hiccup.
 */
export class LiveEdge {
  /** The smallest offset of each second. @type {{at: number, least: number}[]} */
  #slots = [];
  #isBurst = true;
  #before = { at: -Infinity, pts: -Infinity };
  #rate = 1;
  /** Seconds of sound that are kept in advance. */
  soundMargin = SOUND_MARGIN_S;

  /**
   * A fragment has arrived.
   * @param {number} now
   * @param {number} pts
   * @param {boolean} [isVideo] sound arrives in blocks, often two at once
   */
  note(now, pts, isVideo = true) {
    const offset = pts - now - (isVideo ? 0 : this.soundMargin - MARGIN_S);
    if (isVideo) {
      // A new viewer gets the current group of pictures in one burst: its arrival times say nothing about the connection.
      if (this.#isBurst && now - this.#before.at > 0.4 * (pts - this.#before.pts)) this.#isBurst = false;
      this.#before = { at: now, pts };
    }
    const newest = this.#slots.at(-1);
    if (this.#isBurst) {
      if (isVideo) this.#slots = [{ at: now, least: offset }];
    } else if (newest && now - newest.at < SLOT_S) newest.least = Math.min(newest.least, offset);
    else this.#slots.push({ at: now, least: offset });
    while (this.#slots.length > SLOTS) this.#slots.shift();
  }

  /** The browser has run out of sound. */
  needMoreSound() {
    this.soundMargin = Math.min(MAX_SOUND_MARGIN_S, this.soundMargin + SOUND_STEP_S);
  }

  /** A new time line begins. */
  clear() {
    this.#slots = [];
    this.#isBurst = true;
    this.#before = { at: -Infinity, pts: -Infinity };
    this.#rate = 1;
  }

  /** Where playback should be at `now`; undefined before the first fragment. @param {number} now */
  target(now) {
    if (!this.#slots.length) return undefined;
    const least = this.#slots.map((slot) => slot.least).sort((a, b) => a - b);
    return least[least.length >= 4 ? 1 : 0] + now - MARGIN_S;
  }

  /**
   * How to go on from `position`: a rate, or a jump to a place on the time line.
   * @param {number} now
   * @param {number} position
   * @param {boolean} [isFresh] just joined: a correction disturbs nobody now
   * @param {boolean} [isHeard]
   * @returns {{rate: number, jump?: number}}
   */
  steer(now, position, isFresh = false, isHeard = false) {
    const target = this.target(now);
    // The edge is unknown until the first burst has arrived.
    if (target === undefined || (isFresh && this.#isBurst)) return { rate: (this.#rate = 1) };
    const behind = target - position;
    if (behind > (isFresh ? 0.3 : JUMP_S) || behind < -JUMP_S) {
      this.#rate = 1;
      return { rate: 1, jump: target };
    }
    // Hysteresis: a correction runs to its end. Too near to the edge is worse than too far from it.
    const dead = this.#rate !== 1 ? DEAD_S / 2 : behind > 0 ? 2 * DEAD_S : DEAD_S;
    if (Math.abs(behind) < dead) this.#rate = 1;
    else {
      const wanted = 1 + behind * (behind > 0 ? 0.5 : 1);
      const fastest = behind > FAR_S ? (isHeard ? FASTEST_FAR_HEARD : FASTEST_FAR) : isHeard ? FASTEST_HEARD : FASTEST;
      this.#rate = Math.round(100 * Math.min(fastest, Math.max(SLOWEST, wanted + Math.sign(behind) * 0.005))) / 100;
    }
    return { rate: this.#rate };
  }
}
