// The element <framecast-video>: attributes, properties, methods and events; docs/reference/video-player.md describes them.

import { sentence } from "../player/words.js";
import { Captions } from "./captions.js";
import { VideoControls } from "./controls.js";
import { DataOverlay } from "./data-overlay.js";
import { Deck } from "./deck.js";
import { addressOf } from "./feed.js";
import { VideoInput } from "./input.js";
import { Playback } from "./playback.js";
import { Session } from "./session.js";
import { tileAt } from "./storyboard.js";
import { placeWords } from "./times.js";
import { VideoView } from "./view.js";
import { toggleFullscreen, togglePictureInPicture } from "./windows.js";

/** @import {Item, Media} from "./item-words.js" */

const NEWER_MS = 8000;

export class FramecastVideo extends VideoControls {
  static observedAttributes = ["src", "server", "token", "muted", "loop", "poster", "page-keys", "theatre", "theatre-button", "has-next", "has-previous"];

  #view = new VideoView(this, { play: () => this.do("play"), unmute: () => (this.muted = false), retry: () => this.#retry() });
  #file = (/** @type {string} */ name, /** @type {Media} */ media) => addressOf(media.base + name, this.server, this.token);
  #playback = new Playback(this.#view.video, {
    addressOf: this.#file,
    token: () => this.token,
    isEager: () => this.preload === "auto",
    isAutomatic: () => this.autoplay,
    begin: () => this.#begin(),
    intent: () => this.controller?.isPlaying ?? null,
  }, {
    onChange: () => this.show(),
    onQualities: () => this.#deck.choices.refresh(),
    onNewer: () => this.#announce(),
    onGone: () => void this.#followGone(),
    onMuted: () => this.#view.offerSound(),
  });
  captions = new Captions(this.#view.video, () => this.show());
  detections = new DataOverlay(this.#view.video, () => this.show());
  #deck = new Deck(this, { onSeek: (at) => this.do("seek", at), pictureAt: (at) => this.#pictureAt(at), onHold: () => this.#input.wake() });
  #input = new VideoInput(this, this.#view, this.#deck);
  /** @type {Session | null} */
  #session = null;
  #state = "";
  #announced = "";
  #shown = "";
  #onHide = () => this.#session?.note();

  constructor() {
    super();
    const { stage, help } = this.#view;
    this.#view.video.after(this.detections.element);
    stage.append(this.captions.element, this.#deck.element, this.#deck.choices.element, help);
    const { video } = this;
    for (const type of ["timeupdate", "progress", "volumechange", "ratechange"]) video.addEventListener(type, () => this.showTime());
    video.addEventListener("timeupdate", () => this.#session?.onTime());
    video.addEventListener("pause", () => this.#session?.note());
    video.addEventListener("ended", () => this.#emit("ended", {}));
    this.addEventListener("fullscreenchange", () => this.show());
  }

  connectedCallback() {
    addEventListener("pagehide", this.#onHide);
    this.#input.takePageKeys(this.hasAttribute("page-keys"));
    this.#restart();
  }

  disconnectedCallback() {
    queueMicrotask(() => {
      if (this.isConnected) return;
      removeEventListener("pagehide", this.#onHide);
      this.#input.takePageKeys(false);
      this.#stop();
    });
  }

  /**
   * @param {string} name
   * @param {string | null} old
   * @param {string | null} value
   */
  attributeChangedCallback(name, old, value) {
    if (old === value) return;
    if (name === "muted") this.video.muted = value !== null;
    else if (name === "loop") this.video.loop = value !== null;
    else if (name === "page-keys") this.#input.takePageKeys(value !== null && this.isConnected);
    else if (["src", "server", "token"].includes(name)) this.#restart();
    else this.show();
  }

  // --- state

  /** The video as the server describes it, null before its first answer. @returns {Item | null} */
  get item() {
    return this.#playback.item;
  }

  get state() {
    return this.#playback.state;
  }

  /** Why it does not play, in words. */
  get words() {
    return this.#playback.words;
  }

  get video() {
    return this.#view.video;
  }

  get currentTime() {
    return this.#playback.at;
  }

  set currentTime(at) {
    this.seek(at);
  }

  get duration() {
    return this.#playback.duration;
  }

  get qualities() {
    return this.#playback.qualities;
  }

  get quality() {
    return this.#playback.quality;
  }

  set quality(value) {
    this.#playback.quality = value;
  }

  /** Whether the server has a better version than the one that plays. */
  get hasNewer() {
    return this.#playback.hasNewer;
  }

  // --- actions

  play() {
    return this.#playback.play();
  }

  pause() {
    this.#playback.pause();
  }

  /** @param {number} at seconds */
  seek(at) {
    this.#playback.seek(at);
    this.showTime();
  }

  /** Show the picture of a place, and do not play yet. @param {number} at seconds */
  cue(at) {
    this.#playback.cue(at);
    this.showTime();
  }

  toggleFullscreen() {
    return toggleFullscreen(this);
  }

  togglePictureInPicture() {
    return togglePictureInPicture(this);
  }

  /** Ask the server what there is now. */
  reload() {
    return this.#session?.ask();
  }

  /** Load the newest version, at the place where it stands. */
  reopen() {
    this.#playback.reopen();
  }

  /** Show a short message over the picture. @param {string} words */
  toast(words) {
    this.#view.toast(words);
  }

  /** Show what the keys do, or hide it. */
  toggleHelp() {
    const { help } = this.#view;
    help.hidden = !help.hidden;
    if (!help.hidden) help.focus();
  }

  /** Show the current place. */
  showTime() {
    this.#deck.update();
  }

  // --- the server

  #restart() {
    this.#stop();
    if (!this.isConnected || !this.src) return;
    const { server, token, src } = this;
    this.#session = new Session({ server, id: src, token }, this.video, this.#playback, { onItem: (item) => this.#take(item), onError: (status, words) => this.#onAway(status, words) });
    this.video.crossOrigin = this.#session.isOwn ? null : "anonymous";
    this.#session.start();
  }

  #stop() {
    this.#session?.stop();
    this.#session = null;
    this.#playback.close();
    this.show();
  }

  /** @param {Item} item */
  #take(item) {
    this.#playback.take(item);
    this.#emit("item", { item });
  }

  /** @param {number} status @param {string} words */
  #onAway(status, words) {
    const isThere = this.item !== null && (status === 0 || status >= 500);
    if (!isThere) this.#playback.fail(sentence(words));
    this.#emit("away", { status, words });
  }

  #retry() {
    if (this.item) this.#playback.reopen();
    else this.#restart();
  }

  /** The files are gone: a newer generation has taken their place, or the video is deleted. */
  async #followGone() {
    const before = this.#playback.media?.generation;
    await this.#session?.ask();
    if (this.item?.media && this.item.media.generation !== before) this.reopen();
    else this.#playback.fail("Its files are not there any more.");
  }

  // --- what is shown

  /** Show everything as it is now. */
  show() {
    if (!this.isConnected) return; // a constructor may set no attributes
    const { item, notice, words, trouble, isBusy, isStarted, state } = this.#playback;
    this.#view.show({ state, title: item?.title ?? "", notice, words, trouble, isBusy, isStarted });
    this.#view.stage.toggleAttribute("data-playable", this.#playback.media !== null || state === "ready");
    this.#showMedia(this.#playback.media ?? item?.media ?? null);
    this.#deck.update();
    if (state === this.#state) return;
    this.#state = state;
    this.setAttribute("state", state);
    this.#emit("state", { state, words });
  }

  /** Poster, chapters and subtitles are those of what plays, or will play. @param {Media | null} media */
  #showMedia(media) {
    const poster = this.poster || (media?.poster ? this.#file(media.poster, media) : "");
    this.#view.showPoster(poster, this.#playback.isStarted);
    this.detections.isGrowing = this.item?.is_recording ?? false;
    const shown = JSON.stringify([media?.generation, media?.chapters, media?.subtitles, media?.data?.map((one) => one.name)]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#deck.seekBar.setChapters(media?.chapters ?? []);
    this.captions.set(media, this.#file);
    this.detections.set(this.item, media, (path) => addressOf(path, this.server, this.token));
  }

  /** Say once that a better version is there. */
  #announce() {
    const generation = this.item?.media?.generation ?? "";
    if (generation === this.#announced) return;
    this.#announced = generation;
    this.#view.toast("A better version is ready: choose it under Settings, Quality.", NEWER_MS);
    this.#deck.choices.refresh();
  }

  /** @param {number} at */
  #pictureAt(at) {
    const media = this.#playback.media ?? this.item?.media;
    const tile = tileAt(media?.storyboard, at);
    return media && tile ? { ...tile, url: this.#file(tile.sheet, media) } : null;
  }

  #begin() {
    const { at, isResumed } = this.#session?.begin(this.start) ?? { at: 0, isResumed: false };
    if (isResumed) this.#view.toast(`Continues at ${placeWords(at)}`);
    return at;
  }

  /** @param {string} name @param {unknown} detail */
  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
