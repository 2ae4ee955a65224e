// Plays HLS by the browser itself: for old iPhones, which have no Media Source Extensions.

import { VideoScreen } from "./video-screen.js";

/** @import {Screen, ScreenEvents} from "./screen.js" */

/** @implements {Screen} */
export class HlsScreen extends VideoScreen {
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
    super(video);
    this.events = events;
    video.addEventListener("timeupdate", this.#onPlaying);
    video.addEventListener("error", this.#onError);
    video.src = url;
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
