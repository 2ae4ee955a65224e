// Shows fragments by Media Source Extensions on a <video>, and keeps near the live edge.

import { AppendQueue } from "./append-queue.js";
import { now } from "./clock.js";
import { hasAudioCodec, mediaSource, trackKinds } from "./codecs.js";
import { LiveEdge } from "./live-edge.js";
import { readFragment, readInit } from "./mp4-boxes.js";
import { PresentedFrames } from "./presented-frames.js";
import { VideoScreen } from "./video-screen.js";

/** @import {ServerClock} from "./clock.js" */
/** @import {Fragment, TrackBox} from "./mp4-boxes.js" */
/** @import {FragmentReceiver, Screen, ScreenEvents} from "./screen.js" */

/** Pictures arrive, but none has been shown for this long: the decoder is stuck. */
const STUCK_S = 4;

/** @implements {Screen} */
export class MseScreen extends VideoScreen {
  #source = /** @type {MediaSource | null} */ (null);
  #url = "";
  #queue = /** @type {AppendQueue | null} */ (null);
  #edge = new LiveEdge();
  #kinds = "";
  #tracks = /** @type {Map<number, TrackBox>} */ (new Map());
  /** Where the newest picture begins and ends on the time line; NaN before the first. */
  #newest = NaN;
  #end = NaN;
  #mustSeek = true;
  #freshUntil = 0;
  #beganAt = 0;
  #presented;
  #isShown = false;
  #shownAt = now();
  #broken = () => this.events.onBroken(`The browser cannot decode this video (${this.video.error?.message || this.video.error?.code}).`, true);
  /** Media time of the picture that was shown last: a browser presents it again after a seek. */
  #lastShown = NaN;
  #waits = () => {
    if (!this.#isShown || this.video.seeking) return;
    this.stalls += 1;
    this.#edge.needMoreSound();
  };
  mime = "";
  stalls = 0;
  /** @type {Uint8Array<ArrayBuffer> | null} */
  #init = null;
  /** Capture time minus media time, seconds; undefined before the first clock message. @type {number | undefined} */
  epoch;
  /** From capture to screen, ms. @type {number | null} */
  latency = null;
  picture = null;
  /** @type {FragmentReceiver | null} */
  #receiver = null;

  /**
   * @param {HTMLVideoElement} video
   * @param {ScreenEvents} events
   * @param {ServerClock} clock
   */
  constructor(video, events, clock) {
    super(video);
    this.events = events;
    this.clock = clock;
    video.preservesPitch = false; // to keep the pitch, a browser needs twice the sound in advance
    video.addEventListener("error", this.#broken);
    video.addEventListener("waiting", this.#waits);
    this.#presented = new PresentedFrames(video, () => this.isOnlySound, (mediaTime, displayMs) => this.#onShown(mediaTime, displayMs));
  }

  get hasAudio() {
    return hasAudioCodec(this.mime);
  }

  /** Seconds that are buffered ahead of the picture on the screen. */
  get lead() {
    return Number.isNaN(this.#end) ? null : this.#end - this.video.currentTime;
  }

  /** True if no picture has been shown for a long time, although the video plays. */
  get isStuck() {
    return !this.video.paused && !document.hidden && now() - this.#shownAt > STUCK_S;
  }

  /** Hand the current init segment, and from now on each init segment and fragment, to a recorder. @param {FragmentReceiver | null} receiver */
  tap(receiver) {
    this.#receiver = receiver;
    if (this.#init) receiver?.(undefined, this.#init, new Map());
  }

  /** The server announces the media type of what follows. @param {string} mime */
  begin(mime) {
    const kinds = trackKinds(mime);
    const goesOn = this.#queue && this.#source?.readyState === "open" && kinds === this.#kinds && "changeType" in SourceBuffer.prototype;
    this.#kinds = kinds;
    this.#shownAt = now();
    this.epoch = undefined;
    this.#edge.clear();
    if (goesOn && mime === this.mime) return;
    this.mime = mime;
    if (goesOn) this.#queue?.change(mime);
    else this.#open(mime);
  }

  /**
   * An init segment or a fragment.
   * @param {Uint8Array<ArrayBuffer>} bytes
   * @returns {boolean} true for a picture, and for sound of a stream without video
   */
  take(bytes) {
    const init = readInit(bytes);
    if (init) {
      this.#tracks = init;
      this.#init = bytes;
      this.#queue?.addInit(bytes);
      this.#receiver?.(undefined, bytes, init);
    }
    const fragment = readFragment(bytes, this.#tracks);
    if (!fragment) return false;
    const isMain = fragment.kind === "video" || this.isOnlySound;
    if (isMain) this.#follow(fragment);
    if (!Number.isNaN(this.#end)) this.#edge.note(now(), fragment.pts, isMain);
    if (!init) {
      this.#queue?.addMedia(bytes, isMain && fragment.isKey);
      this.#receiver?.(fragment, bytes, this.#tracks);
    }
    return isMain;
  }

  /** True if the stream has no video track. */
  get isOnlySound() {
    return this.#tracks.size > 0 && ![...this.#tracks.values()].some((track) => track.kind === "video");
  }

  /** The newest picture was captured at this time. @param {number} capturedMs UTC */
  setCaptured(capturedMs) {
    if (!Number.isNaN(this.#newest)) this.epoch = capturedMs / 1000 - this.#newest;
  }

  tick() {
    const { video } = this;
    if (video.paused || video.seeking) return;
    if (!this.#isShown) {
      // Some browsers start only where there is sound: seek to it.
      if (now() - this.#beganAt > 0.5) this.#leap();
      return;
    }
    const { rate, jump } = this.#edge.steer(now(), video.currentTime, now() < this.#freshUntil, this.hasAudio && !video.muted);
    if (video.playbackRate !== rate) video.playbackRate = rate;
    if (jump === undefined) return this.#leap();
    this.#freshUntil = 0; // one jump after joining; the playback rate corrects the rest
    this.#seek(jump);
  }

  close() {
    this.video.removeEventListener("error", this.#broken);
    this.video.removeEventListener("waiting", this.#waits);
    this.#presented.close();
    this.#release();
    this.video.playbackRate = 1;
    this.video.removeAttribute("src");
    this.video.load(); // frees the decoder
  }

  /** Follow the time line, and notice where it is interrupted. @param {Fragment} fragment */
  #follow({ pts, duration }) {
    const gap = pts - this.#end;
    this.#newest = pts;
    if (!(Math.abs(gap) < 1)) {
      if (!Number.isNaN(this.#end)) this.#queue?.clear(() => (this.#mustSeek = true));
      this.#edge.clear();
    }
    this.#end = pts + duration;
  }

  /** @param {string} mime */
  #open(mime) {
    this.#release();
    const Kind = mediaSource();
    if (!Kind) return;
    const source = (this.#source = new Kind());
    const queue = (this.#queue = new AppendQueue({
      position: () => this.video.currentTime,
      onTaken: () => this.#onTaken(),
      onBroken: (words) => this.events.onBroken(this.video.error?.message || words, true),
    }));
    source.addEventListener("sourceopen", () => {
      if (source !== this.#source) return; // another source has replaced this one
      URL.revokeObjectURL(this.#url);
      try {
        queue.attach(source.addSourceBuffer(mime));
      } catch {
        this.events.onBroken(`The browser cannot play ${mime}.`, true);
      }
    }, { once: true });
    this.#url = URL.createObjectURL(source);
    this.video.src = this.#url;
  }

  #release() {
    this.#queue?.close();
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#queue = this.#source = null;
    this.#url = "";
    this.#end = this.#newest = NaN;
    this.#mustSeek = true;
    this.#isShown = false;
    this.#lastShown = NaN;
    this.#init = null;
    this.#edge.clear();
  }

  /** The browser has taken the appended bytes. */
  #onTaken() {
    const ranges = this.#queue?.ranges;
    if (!ranges || !this.#mustSeek) return;
    // Show the key frame first, so that there is a picture at once; `tick` moves on to the live edge.
    this.#mustSeek = false;
    this.#isShown = false;
    this.#beganAt = now();
    const start = ranges.start(ranges.length - 1);
    // A time line that begins at zero needs no seek even if sound begins a little later than the picture.
    if (this.video.currentTime > 0 || start > 0.3) this.#seek(start);
  }

  /** Jump over a gap in the time line. */
  #leap() {
    const ranges = this.#queue?.ranges;
    const at = this.video.currentTime;
    for (let place = 0; ranges && place < ranges.length; place += 1) {
      if (at >= ranges.start(place) - 0.01 && at < ranges.end(place)) return;
      if (ranges.start(place) > at && ranges.start(place) < this.#end) return this.#seek(ranges.start(place));
    }
  }

  /** @param {number} position */
  #seek(position) {
    const ranges = this.#queue?.ranges;
    if (!ranges) return;
    const last = ranges.length - 1;
    this.video.currentTime = Math.max(ranges.start(last), Math.min(position, ranges.end(last) - 0.001));
  }

  /**
   * @param {number} mediaTime
   * @param {number} displayMs
   */
  #onShown(mediaTime, displayMs) {
    if (!this.#source || mediaTime === this.#lastShown) return;
    this.#shownAt = now();
    this.#lastShown = mediaTime;
    if (!this.#isShown) {
      this.#isShown = true;
      this.#freshUntil = now() + 2;
      this.tick();
    }
    if (this.epoch !== undefined && displayMs) {
      const fresh = this.clock.at(displayMs) - (this.epoch + mediaTime) * 1000;
      this.latency = this.latency === null ? fresh : this.latency + 0.1 * (fresh - this.latency);
    }
    this.events.onPicture();
  }
}
