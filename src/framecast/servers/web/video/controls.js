// What people do at the controls: it goes to the controller if there is one, such as a room that watches together. Without one the player does it.

import { VideoAttributes } from "./video-attributes.js";

/**
 * @typedef {"play" | "pause" | "seek" | "speed" | "next" | "previous"} Act
 *
 * @typedef {object} PlaybackController
 * @property {(act: Act, value: number) => boolean} act `value`: seconds or the speed. Whether it takes the act: if not, the player does it
 * @property {boolean | null} isPlaying what the player shows, also while it waits; null: as it is
 * @property {number | null} speed the speed that is shown, while the player makes good a few milliseconds by another one; null: as it is
 */

export class VideoControls extends VideoAttributes {
  /** @type {PlaybackController | null} */
  #controller = null;

  /** Who decides in place of this player. @returns {PlaybackController | null} */
  get controller() {
    return this.#controller;
  }

  set controller(controller) {
    this.#controller = controller;
    this.show();
  }

  /** Do what somebody wants at the controls. @param {Act} act @param {number} [value] @returns {boolean} whether this player has done it itself */
  do(act, value = 0) {
    if (this.#controller?.act(act, value)) return false;
    if (act === "play") void this.play();
    else if (act === "pause") this.pause();
    else if (act === "seek") this.seek(value);
    else if (act === "speed") this.playbackRate = value;
    else this.dispatchEvent(new CustomEvent(act, { detail: {} })); // the page has the list
    return true;
  }

  togglePlay() {
    if (this.state === "playing") this.do("pause");
    else if (this.state !== "error") this.do("play");
  }

  /** @param {number} by seconds */
  skip(by) {
    this.do("seek", Math.max(0, this.currentTime + by));
  }

  /** The speed as people chose it. */
  get speed() {
    return this.#controller?.speed ?? this.playbackRate;
  }

  // --- the element that extends this has them

  get state() {
    return "";
  }

  get currentTime() {
    return 0;
  }

  async play() {}

  pause() {}

  /** @param {number} _at */
  seek(_at) {}

  show() {}
}
