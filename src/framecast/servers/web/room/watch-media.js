// A <framecast-video> as what watching together needs of it.

/** @import {FramecastVideo} from "../video/element.js" */

const HAVE_FUTURE_DATA = 3;
/** Buffers end a little before the end of a video. */
const BUFFER_END_S = 0.3;
/** States of a player in which nothing can be played. */
const UNABLE = ["loading", "unavailable", "error"];

export class VideoMedia {
  /** The browser plays nothing before somebody has clicked. */
  isBlocked = false;

  #onBlocked;

  /** @param {FramecastVideo} player @param {() => void} [onBlocked] the browser has refused to play */
  constructor(player, onBlocked = () => {}) {
    this.player = player;
    this.#onBlocked = onBlocked;
  }

  get at() {
    return this.player.currentTime;
  }

  get duration() {
    return this.player.duration;
  }

  get isPaused() {
    return this.player.video.paused;
  }

  get isSeeking() {
    return this.player.video.seeking;
  }

  get isAble() {
    return !UNABLE.includes(this.player.state);
  }

  get hasData() {
    return this.player.video.readyState >= HAVE_FUTURE_DATA;
  }

  /** @param {number} at */
  aheadS(at) {
    const { buffered } = this.player.video;
    for (let place = 0; place < buffered.length; place += 1) {
      if (buffered.start(place) > at + 0.05 || buffered.end(place) < at) continue;
      return buffered.end(place) >= this.duration - BUFFER_END_S ? Infinity : buffered.end(place) - at;
    }
    return 0;
  }

  play() {
    void this.player.play().then(() => {
      this.isBlocked = this.isAble && this.player.state === "ready";
      if (this.isBlocked) this.#onBlocked();
    });
  }

  pause() {
    this.player.pause();
  }

  /** @param {number} at */
  seek(at) {
    this.player.cue(at);
  }

  /** @param {number} rate */
  setRate(rate) {
    const { video } = this.player;
    if (Math.abs(video.playbackRate - rate) > 1e-3) video.playbackRate = rate;
  }
}
