// Keeps a stream on the screen: connects, chooses a mode, tells whether the picture is live, and reconnects.

import { Backoff } from "./backoff.js";
import { ServerClock, now } from "./clock.js";
import { Freshness } from "./freshness.js";
import { Meter } from "./meter.js";
import { FAILURES, MODES, ModeChoice } from "./modes.js";
import { Recorder } from "./recorder.js";
import { sentence } from "./words.js";

/**
 * @import {PlaybackOptions} from "./attributes.js"
 * @import {PlaybackEvents} from "./element.js"
 * @import {Trouble} from "./freshness.js"
 * @import {Figures} from "./meter.js"
 * @import {Failure, Mode} from "./modes.js"
 * @import {Screen} from "./screen.js"
 * @import {Message} from "./transport.js"
 * @import {PlayerState, View} from "./view.js"
 */

const TICK_MS = 100;
/** A connection that plays for this long has proven that its mode works: earlier failures do not count any more. */
const PROVEN_S = 60;

export class Playback {
  /** @type {PlayerState} */
  state = "idle";
  words = "";
  /** When the newest picture was shown while live, UTC ms; before the first one, when the server had the newest one. @type {number | null} */
  seen = null;
  /** @type {Figures | null} */
  stats = null;
  /** @type {Screen | null} */
  screen = null;
  /** @type {Recorder | null} */
  recorder = null;
  hasPicture = false;
  #modeName = "";
  #choice = new ModeChoice();
  #freshness = new Freshness();
  #clock = new ServerClock();
  #backoff = new Backoff();
  #meter = new Meter();
  /** @type {(() => void) | null} */
  #closeTransport = null;
  #retryTimer = 0;
  #ticker = 0;
  #openedAt = 0;

  /**
   * @param {PlaybackOptions} options
   * @param {View} view
   * @param {PlaybackEvents} events
   */
  constructor(options, view, events) {
    this.options = options;
    this.view = view;
    this.events = events;
  }

  get isRunning() {
    return this.#ticker !== 0;
  }

  /** The name of the mode that plays now, or ''. */
  get playing() {
    return this.screen ? this.#modeName : "";
  }

  start() {
    this.#meter.restart(now());
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
    this.#connect();
  }

  /** Receive nothing more; the picture stays. */
  stop() {
    clearInterval(this.#ticker);
    clearTimeout(this.#retryTimer);
    this.#ticker = 0;
    this.#disconnect();
    void this.recorder?.stop("The player was stopped.");
  }

  /** Free everything, the picture too. */
  release() {
    this.#closeScreen();
    this.view.clear();
    this.view.showPoster(this.options.poster, false);
  }

  /** Forget which modes failed. */
  forgive() {
    this.#choice = new ModeChoice();
  }

  /** The next wait is the shortest one again. */
  resetWait() {
    this.#backoff.reset();
  }

  /** @param {PlayerState} state @param {string} [words] */
  setState(state, words = "") {
    if (this.state === state && this.words === words) return;
    this.state = state;
    this.words = words;
    this.events.onState();
    this.events.emit("state", { state, words, seen: this.seen });
  }

  /** Run the video of the screen. */
  play() {
    return this.view.play(() => this.screen?.hasAudio ?? false);
  }

  /** @param {WritableStream<Uint8Array>} [writable] */
  record(writable) {
    if (!this.screen?.tap) throw new Error("Only a stream in mode mse can be recorded.");
    if (this.recorder) throw new Error("A recording is already running.");
    const recorder = (this.recorder = new Recorder(writable, () => {
      this.recorder = null;
      this.screen?.tap?.(null);
      this.events.emit("recorded", { bytes: recorder.bytes, words: recorder.words });
      this.events.onRecorded();
    }));
    this.#tap(recorder);
    this.events.emit("recording", {});
    this.events.onShown();
    return recorder;
  }

  /** A recording goes on with what the screen of a new connection shows. @param {Recorder} recorder */
  #tap(recorder) {
    recorder.isCut = true;
    this.screen?.tap?.((fragment, bytes, tracks) => recorder.take(fragment, bytes, tracks));
  }

  get #mode() {
    return MODES[this.#modeName];
  }

  #connect() {
    clearTimeout(this.#retryTimer);
    this.#disconnect();
    const name = this.#choice.next(this.options.mode, this.view.video);
    if (!name) return this.#wait(this.words || "This browser supports none of the allowed modes.");
    this.#freeze();
    this.#modeName = name;
    this.#openedAt = now();
    this.#freshness.open(this.#openedAt);
    if (this.state !== "nosignal") this.setState("connecting");
    this.screen = this.#open(this.#mode);
    if (this.recorder) this.#tap(this.recorder);
    if (this.#mode.channel === null) return void this.play();
    const { src, server, token, pictureWidth: width, noAudio, transport } = this.options;
    this.#closeTransport = transport.open(
      { src, server, mode: this.#mode.channel, codecs: this.#mode.codecs(!noAudio), width, token },
      { onMessage: (message) => this.#onMessage(message), onBinary: (bytes) => this.#onBinary(bytes), onClosed: (words) => this.#onClosed(words) },
    );
  }

  /** @param {Mode} mode */
  #open(mode) {
    const { video, canvas } = this.view;
    const events = { onPicture: () => this.#onPicture(), onBroken: (/** @type {string} */ words, /** @type {boolean} */ isFatal) => this.#onBroken(words, isFatal) };
    const screen = mode.open({ video, canvas, clock: this.#clock, address: this.options }, events);
    this.view.showCanvas(screen.element === canvas);
    return screen;
  }

  #disconnect() {
    this.#closeTransport?.();
    this.#closeTransport = null;
  }

  /** Keep what is shown as a still: what the next screen shows belongs to a new connection. */
  #freeze() {
    if (this.screen && this.hasPicture) this.view.freeze(this.screen);
    this.#closeScreen();
    this.view.showPoster(this.options.poster, false);
  }

  #closeScreen() {
    this.screen?.close();
    this.screen = null;
    this.hasPicture = false;
    this.stats = null;
  }

  /** @param {Message} message */
  #onMessage(message) {
    this.#freshness.heardAt = now();
    const { type, value } = message;
    if (type === "mse") {
      this.screen?.begin(String(value));
      void this.play();
    } else if (type === "error") this.#onBroken(String(value).replace(/^(mse|mjpeg|webrtc): ?/, ""), false);
    else if (type === "framecast/signal") this.#onTrouble(this.#freshness.noteSignal(value));
    else if (type === "framecast/state") {
      this.seen ??= value.seen_ms ?? null;
      this.#onTrouble(this.#freshness.noteSource(value));
      this.#onSlow();
    }
    else if (type === "framecast/clock") {
      this.#clock.note(value.now_ms);
      if (value.captured_ms) this.screen?.setCaptured(value.captured_ms);
    }
    this.events.emit("message", message);
  }

  /** @param {Uint8Array<ArrayBuffer>} bytes */
  #onBinary(bytes) {
    const at = (this.#freshness.heardAt = now());
    this.#meter.bytes += bytes.length;
    if (this.#freshness.isOld && this.#mode.hasPlaceholders) return; // the veil says the same over the last real picture
    if (this.screen?.take(bytes)) this.#freshness.noteMedia(at, !this.hasPicture, this.#mode);
  }

  /** @param {Trouble | null} trouble */
  #onTrouble(trouble) {
    if (trouble && (trouble.isAway || this.state !== "nosignal")) this.setState("nosignal", sentence(trouble.words));
  }

  /** It is known now that pictures are rare: the one on the screen may still be fresh. */
  #onSlow() {
    const freshness = this.#freshness;
    if (this.state !== "nosignal" || !freshness.isSlowLive || freshness.isOld || !this.hasPicture || freshness.isLate(now(), this.#mode)) return;
    freshness.isDown = false;
    this.setState("live");
  }

  /** @param {string} words */
  #onClosed(words) {
    this.#closeTransport = null;
    this.#fail("closed", words);
  }

  /** @param {string} words @param {boolean} isFatal */
  #onBroken(words, isFatal) {
    if (this.isRunning) this.#fail(this.#choice.judge(isFatal), words);
  }

  /** @param {Failure} failure @param {string} words */
  #fail(failure, words) {
    const { excludes, waits } = FAILURES[failure];
    this.#choice.exclude(this.#modeName, excludes);
    if (waits) return this.#wait(words);
    this.words = sentence(words);
    this.#connect();
  }

  /** Connect again later. @param {string} words why */
  #wait(words) {
    this.#disconnect();
    this.#freeze();
    this.setState("nosignal", sentence(words));
    this.#choice.retry();
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.#connect(), this.#backoff.next());
  }

  #onPicture() {
    const at = now();
    if (!this.hasPicture) {
      this.hasPicture = true;
      this.view.showPicture();
      this.events.emit("picture", { after_ms: 1000 * (at - this.#openedAt) });
    }
    if (this.#mode.channel === null) this.#freshness.noteShown(at);
    if (!this.isRunning || this.#freshness.isDown || this.#freshness.isLate(at, this.#mode)) return;
    this.seen = Date.now();
    if (this.state === "live") return;
    this.#backoff.reset();
    this.setState("live");
  }

  #tick() {
    const { screen } = this;
    screen?.tick();
    const at = now();
    const isLate = this.state === "live" ? this.#freshness.isLate(at, this.#mode) : this.state === "connecting" && this.#freshness.isFirstLate(at);
    if (screen && isLate) {
      this.#freshness.isDown = true;
      this.setState("nosignal", "No pictures are coming.");
    }
    if (this.#closeTransport && !this.#freshness.isDown && this.hasPicture && screen?.isStuck) this.#onBroken("Pictures arrive, but the browser does not show them.", true);
    else if (screen && this.#freshness.isSilent(at, this.#mode)) this.#fail("silent", "The server does not answer.");
    if (this.screen && this.#meter.isDue(at)) this.#measure(at, this.screen);
  }

  /** @param {number} at @param {Screen} screen */
  #measure(at, screen) {
    const isLive = this.state === "live";
    this.stats = this.#meter.read(at, screen, { mode: this.#modeName, isLive, rate: this.view.video.playbackRate });
    if (isLive && at - this.#openedAt > PROVEN_S) this.#choice.prove();
    this.events.emit("stats", this.stats);
    this.events.onShown();
  }
}
