// Plays HLS by the browser itself: for old iPhones, which have no Media Source Extensions.

/** @import {Screen, ScreenEvents} from "./screen.js" */

/** @implements {Screen} */
export class HlsScreen {
  #lastShown = NaN;
  #onPlaying = () => {
    const at = this.video.currentTime;
    if (this.video.seeking || !at || at === this.#lastShown) return;
    this.#lastShown = at;
    this.events.onPicture();
  };
  #onError = () => this.events.onBroken("The browser cannot play the stream.", false);
  mime = "application/vnd.apple.mpegurl";
  stalls = 0;
  latency = null;
  lead = null;
  hasAudio = true;
  isStuck = false;
  isOnlySound = false;
  picture = null;

  /**
   * @param {HTMLVideoElement} video
   * @param {ScreenEvents} events
   * @param {string} url
   */
  constructor(video, events, url) {
    this.video = video;
    this.events = events;
    video.addEventListener("timeupdate", this.#onPlaying);
    video.addEventListener("error", this.#onError);
    video.src = url;
  }

  get width() {
    return this.video.videoWidth;
  }

  get height() {
    return this.video.videoHeight;
  }

  get element() {
    return this.video;
  }

  get isReady() {
    return this.video.readyState > 1;
  }

  get counts() {
    const { totalVideoFrames, droppedVideoFrames } = this.video.getVideoPlaybackQuality();
    return { shown: totalVideoFrames, dropped: droppedVideoFrames };
  }

  begin() {}

  take() {
    return false;
  }

  setCaptured() {}

  tick() {}

  close() {
    this.video.removeEventListener("timeupdate", this.#onPlaying);
    this.video.removeEventListener("error", this.#onError);
    this.video.removeAttribute("src");
    this.video.load();
  }
}

/** @typedef {{src: string, server: string, token: string}} StreamAddress */

/** @param {StreamAddress} address */
export function playlistUrl({ src, server, token }) {
  const url = new URL("api/stream.m3u8", server);
  url.searchParams.set("src", src);
  if (token) url.searchParams.set("token", token);
  return url.href;
}
