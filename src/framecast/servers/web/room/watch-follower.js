// Holds one player at the place of the room. Pure: it sees the player as a `Media`, and the caller gives the times.
//
// To land at a place that moves, it goes to a place a little ahead, waits there until the room arrives, and plays then.

import { Drift, JUMP_S } from "./watch-drift.js";
import { isMoving, positionAt } from "./watch-target.js";

/**
 * @import {SharedPlayback} from "./watch-target.js"
 *
 * @typedef {object} Media
 * @property {number} at where it stands, in seconds
 * @property {number} duration 0 if it is not known
 * @property {boolean} isPaused
 * @property {boolean} isSeeking
 * @property {boolean} hasData whether it could play now
 * @property {boolean} isBlocked the browser plays nothing before somebody has clicked
 * @property {boolean} isAble false: the video is not there, or cannot be played here
 * @property {(at: number) => number} aheadS what is in store from a place on; Infinity up to the end
 * @property {() => void} play
 * @property {() => void} pause
 * @property {(at: number) => void} seek
 * @property {(rate: number) => void} setRate
 */

export const TICK_S = 0.2;
/** A picture that rests is the same one for everybody: places that differ by less show the same frame, or the next one. */
const REST_S = 0.01;
/** How far ahead of the room it goes: as long as a jump takes, as learned. */
const FIRST_LEAD_S = 0.8;
const LEAST_LEAD_S = 0.25;
const MOST_LEAD_S = 6;
/** A landing that is later than this is tried again, but not for ever. */
const LATE_S = 0.08;
const MOST_TRIES = 2;
/** A player that has just begun is not judged. */
const SETTLE_S = 0.4;
const MOST_START_S = 0.25;

export class Follower {
  #drift = new Drift();
  /** @type {SharedPlayback | null} */
  #playback = null;
  /** Where it waits for the room; NaN if it does not. */
  #cue = NaN;
  #leadS = FIRST_LEAD_S;
  #jumpedAt = 0;
  #tries = 0;
  #isReady = false;
  /** How long the player takes from `play` until its time moves, as learned. */
  #startS = 0.03;
  #begunAt = -Infinity;
  #isLearning = false;

  /** @param {Media} media */
  constructor(media) {
    this.media = media;
  }

  /** @param {SharedPlayback | null} playback */
  set playback(playback) {
    if (playback?.version !== this.#playback?.version) {
      this.#drift.reset();
      this.#cue = NaN;
    }
    this.#playback = playback;
  }

  /** Something else has moved the player: begin again. */
  reset() {
    this.#drift.reset();
    this.#cue = NaN;
  }

  /**
   * Bring the player to its place.
   * @param {number} nowS
   * @param {number} serverS the server's time at the same moment
   * @returns {number} in how many seconds it wants to be asked again, at the latest
   */
  tick(nowS, serverS) {
    const { media } = this;
    if (!this.#playback || !Number.isFinite(serverS)) return TICK_S;
    const target = positionAt(this.#playback, serverS, media.duration);
    const isOver = media.duration > 0 && target >= media.duration;
    if (!isMoving(this.#playback) || isOver) return this.#rest(target, isOver, nowS);
    if (!Number.isNaN(this.#cue)) return this.#wait(target, nowS);
    if (media.isSeeking || !media.hasData) return media.isPaused ? this.#begin(target, nowS) : TICK_S;
    return media.isPaused ? this.#begin(target, nowS) : this.#follow(target, nowS);
  }

  /** @param {number} target @param {boolean} isOver @param {number} nowS */
  #rest(target, isOver, nowS) {
    const { media } = this;
    this.#cue = NaN;
    media.setRate(this.#speed);
    if (isOver && media.duration - media.at < JUMP_S) return TICK_S; // it plays to its end
    if (!media.isPaused) media.pause();
    if (media.isSeeking || Math.abs(media.at - target) <= REST_S || !this.#drift.mayJump(nowS)) return TICK_S;
    this.#drift.jumped(nowS);
    media.seek(target);
    return TICK_S;
  }

  /** It stands still and should play. @param {number} target @param {number} nowS */
  #begin(target, nowS) {
    const off = this.media.at - target;
    if (this.media.hasData && !this.media.isSeeking && off <= 0 && off > -JUMP_S / 4) return this.#play(nowS, false);
    return this.#drift.mayJump(nowS) ? this.#jump(target, nowS) : TICK_S;
  }

  /** @param {number} target @param {number} nowS @param {number} [tries] jumps that have missed */
  #jump(target, nowS, tries = 0) {
    const { media } = this;
    const to = target + this.#leadS * this.#speed;
    this.#cue = media.duration > 0 ? Math.min(to, media.duration) : to;
    [this.#jumpedAt, this.#tries, this.#isReady] = [nowS, tries, false];
    this.#drift.jumped(nowS);
    media.setRate(this.#speed);
    if (!media.isPaused) media.pause();
    media.seek(this.#cue);
    return TICK_S / 4;
  }

  /** It waits at a place for the room to arrive. @param {number} target @param {number} nowS */
  #wait(target, nowS) {
    const { media } = this;
    const lateS = (target - this.#cue) / this.#speed;
    const isReady = media.hasData && !media.isSeeking;
    if (!isReady) return lateS > MOST_LEAD_S && this.#drift.mayJump(nowS) ? this.#again(target, nowS) : TICK_S / 4;
    if (!this.#isReady) this.#learn(nowS - this.#jumpedAt);
    if (lateS > LATE_S) return this.#again(target, nowS);
    if (-lateS > this.#startS) return Math.min(TICK_S, -lateS - this.#startS);
    return this.#play(nowS, lateS <= 0);
  }

  /** @param {number} tookS how long the jump took */
  #learn(tookS) {
    this.#isReady = true;
    this.#leadS = Math.min(MOST_LEAD_S, Math.max(LEAST_LEAD_S, 0.8 * this.#leadS, 1.2 * tookS + 0.1));
  }

  /** The room has passed by: go further ahead. @param {number} target @param {number} nowS */
  #again(target, nowS) {
    const isFar = target - this.#cue > JUMP_S;
    const mayJump = this.#tries < MOST_TRIES || (isFar && this.#drift.mayJump(nowS));
    return mayJump ? this.#jump(target, nowS, this.#tries + 1) : this.#play(nowS, false);
  }

  /** @param {number} nowS @param {boolean} isOnTime */
  #play(nowS, isOnTime) {
    this.#cue = NaN;
    this.#begunAt = nowS;
    this.#isLearning = isOnTime;
    this.media.play();
    return SETTLE_S;
  }

  /** @param {number} target @param {number} nowS */
  #follow(target, nowS) {
    const off = this.media.at - target;
    if (nowS - this.#begunAt < SETTLE_S && Math.abs(off) < JUMP_S) return TICK_S;
    if (this.#isLearning) {
      this.#startS = Math.min(MOST_START_S, Math.max(0, this.#startS - off / this.#speed / 2));
      this.#isLearning = false;
    }
    const factor = this.#drift.step(off, nowS);
    if (factor === null) return this.#jump(target, nowS);
    this.media.setRate(this.#speed * factor);
    return TICK_S;
  }

  get #speed() {
    return this.#playback?.speed ?? 1;
  }
}
