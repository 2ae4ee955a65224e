// The element <framecast-player>: attributes, properties, methods and events; docs/reference/player.md describes them.

import { ReflectedAttributes } from "./attributes.js";
import { Bar } from "./bar.js";
import { download, fileName, recordTo, snapshotOf } from "./files.js";
import { Input } from "./input.js";
import { LastPicture } from "./last-picture.js";
import { Playback } from "./playback.js";
import { OwnSocket } from "./transport.js";
import { View } from "./view.js";
import { Visibility } from "./visibility.js";

/**
 * @import {Transport} from "./transport.js"
 *
 * @typedef {object} PlaybackEvents
 * @property {() => void} onState
 * @property {() => void} onShown figures or the recording have changed
 * @property {() => void} onRecorded
 * @property {(name: string, detail: unknown) => void} emit
 */

export class FramecastPlayer extends ReflectedAttributes {
  static observedAttributes = ["src", "server", "token", "mode", "controls", "muted", "no-audio", "poster", "background", "paused"];

  /** @type {Transport} */
  transport = new OwnSocket();

  #view = new View(this, { play: () => this.play(), unmute: () => (this.muted = false) });
  #playback = new Playback(this, this.#view, {
    onState: () => {
      this.setAttribute("state", this.state);
      this.#show();
    },
    onShown: () => this.#show(),
    onRecorded: () => {
      this.#show();
      this.#update();
    },
    emit: (name, detail) => void this.dispatchEvent(new CustomEvent(name, { detail })),
  });
  #bar = new Bar(this);
  #last = new LastPicture(this, this.#view);
  #visibility = new Visibility(this, () => this.#update());
  #isPaused = false;
  #isPip = false;

  constructor() {
    super();
    new Input(this, this.#view.stage, this.#view.veil);
    const { video } = this;
    video.addEventListener("volumechange", () => this.#show());
    video.addEventListener("enterpictureinpicture", () => this.#setPip(true));
    video.addEventListener("leavepictureinpicture", () => this.#setPip(false));
    // Browsers pause by themselves: a video that moves in the page, headphones that are unplugged.
    video.addEventListener("pause", () => queueMicrotask(() => this.playing && !this.#isPaused && void this.#playback.play()));
    this.#show();
  }

  connectedCallback() {
    this.#visibility.observe();
    this.#update();
  }

  disconnectedCallback() {
    // An element that only moves is back at once: nothing is freed then.
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.#visibility.disconnect();
      this.#isPip = false;
      void this.#playback.recorder?.stop("The player was removed.");
      this.#update();
    });
  }

  /** With this method, browsers that can move an element do not disconnect it. */
  connectedMoveCallback() {}

  /**
   * @param {string} name
   * @param {string | null} old
   * @param {string | null} value
   */
  attributeChangedCallback(name, old, value) {
    if (old === value) return;
    if (name === "muted") this.video.muted = value !== null;
    else if (name === "controls") this.#showControls();
    else if (name === "paused") value === null ? this.play() : this.pause();
    else if (name === "poster") this.#view.showPoster(this.poster, this.#playback.hasPicture);
    else if (name === "background") this.#update();
    else {
      if (name === "src" || name === "server") this.#playback.seen = null;
      this.#restart();
    }
  }

  // --- state

  get state() {
    return this.#playback.state;
  }

  /** What is wrong, in words. */
  get words() {
    return this.#playback.words;
  }

  /** When the newest picture was shown while live, UTC ms; before the first one, when the server had the newest one. */
  get seen() {
    return this.#playback.seen;
  }

  get stats() {
    return this.#playback.stats;
  }

  get video() {
    return this.#view.video;
  }

  /** The mode that plays now. */
  get playing() {
    return this.#playback.playing;
  }

  get hasAudio() {
    return this.#playback.screen?.hasAudio ?? false;
  }

  get isPaused() {
    return this.#isPaused;
  }

  get recording() {
    return this.#playback.recorder !== null;
  }

  /** Seconds that are recorded so far. */
  get recorded() {
    return this.#playback.recorder?.seconds ?? 0;
  }

  get muted() {
    return this.video.muted;
  }

  set muted(isMuted) {
    this.video.muted = isMuted;
    this.#view.hideUnmute();
  }

  get volume() {
    return this.video.volume;
  }

  set volume(volume) {
    this.video.volume = Math.min(1, Math.max(0, volume));
    if (volume > 0) this.muted = false;
  }

  // --- actions

  play() {
    this.#isPaused = false;
    this.#update();
  }

  /** Stop at this picture; nothing is received until `play`. */
  pause() {
    this.#isPaused = true;
    this.video.pause();
    this.#update();
  }

  togglePlay() {
    if (this.#isPaused) this.play();
    else this.pause();
  }

  toggleMute() {
    this.muted = !this.muted;
  }

  /** Connect again now. */
  reconnect() {
    this.#playback.resetWait();
    this.#restart();
  }

  /**
   * The picture on the screen, in full size.
   * @param {{type?: string, quality?: number}} [options]
   * @returns {Promise<Blob>}
   */
  async snapshot({ type = "image/jpeg", quality = 0.92 } = {}) {
    return snapshotOf(this.#playback.hasPicture ? this.#playback.screen : null, type, quality);
  }

  /**
   * Record what is played, from the next key frame on, as MP4.
   * @param {WritableStream<Uint8Array>} [writable] receives the bytes; without it they are kept for the `Blob`
   */
  record(writable) {
    const recorder = this.#playback.record(writable);
    return { done: recorder.done, stop: () => recorder.stop() };
  }

  /** Download the picture on the screen. */
  saveSnapshot() {
    return this.#view.report(async () => {
      download(await this.snapshot(), `${fileName(this.src)}.jpg`);
      return "Snapshot saved";
    });
  }

  /** Start to record to a file, or finish that. */
  async saveRecording() {
    const { recorder } = this.#playback;
    if (recorder) return void recorder.stop();
    return this.#view.report(() =>
      recordTo(`${fileName(this.src)}.mp4`, (writable) => {
        const started = this.#playback.record(writable);
        this.#view.toast("Recording");
        return started;
      }),
    );
  }

  toggleFullscreen() {
    return this.#view.report(async () => {
      if (document.fullscreenElement) await document.exitFullscreen();
      else if (this.requestFullscreen) await this.requestFullscreen();
      else /** @type {any} */ (this.video).webkitEnterFullscreen?.(); // iPhones
    }, "The browser does not allow fullscreen here.");
  }

  togglePictureInPicture() {
    return this.#view.report(async () => {
      if (this.#isPip) await document.exitPictureInPicture();
      else await this.video.requestPictureInPicture();
    }, "The browser does not allow picture in picture here.");
  }

  // --- when it runs

  get #isWanted() {
    if (!this.isConnected || !this.src || this.#isPaused) return false;
    return this.background || this.#isPip || this.recording || this.#visibility.isSeen;
  }

  /** @param {boolean} isPip */
  #setPip(isPip) {
    this.#isPip = isPip;
    this.#update();
  }

  #update() {
    const playback = this.#playback;
    const isWanted = this.#isWanted;
    if (isWanted && !playback.isRunning) playback.start();
    else if (!isWanted && playback.isRunning) playback.stop();
    const isKept = this.#isPaused && this.isConnected && this.#visibility.isSeen;
    if (!this.#isWanted && !isKept) playback.release();
    if (!this.#isWanted) playback.setState(this.#isPaused && this.src ? "paused" : "idle");
  }

  #restart() {
    this.#playback.stop();
    this.#playback.release();
    this.#last.forget();
    this.#playback.forgive();
    this.#update();
  }

  // --- what is shown

  #show() {
    const { state, words, seen, src } = this;
    const recorded = this.recording ? this.recorded : null;
    const { hasPicture, screen } = this.#playback;
    this.#view.show({ state, words, seen, recorded, src, hasPicture, isOnlySound: screen?.isOnlySound ?? false });
    if (this.controls) this.#bar.update();
  }

  #showControls() {
    this.#view.showControls(this.#bar.element, this.controls);
    this.#show();
  }
}
