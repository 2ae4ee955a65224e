// The attributes of the player as properties, and the properties that are those of its <video>.

/** The server that this player was loaded from: BASE/static/video-player.js, the one file that all modules are bundled into. */
const VIDEO_BASE = new URL("../", import.meta.url).href;

export class VideoAttributes extends HTMLElement {
  /** The id of the video. */
  get src() {
    return this.getAttribute("src") ?? "";
  }

  set src(id) {
    this.setAttribute("src", id);
  }

  /** The server's base address; ends with a slash. */
  get server() {
    const given = this.getAttribute("server");
    return given ? new URL(given.endsWith("/") ? given : `${given}/`, document.baseURI).href : VIDEO_BASE;
  }

  set server(url) {
    this.setAttribute("server", url);
  }

  /** A token of the video; empty for people who are signed in, and for public videos. */
  get token() {
    return this.getAttribute("token") ?? "";
  }

  set token(token) {
    this.setAttribute("token", token);
  }

  get autoplay() {
    return this.hasAttribute("autoplay");
  }

  set autoplay(isOn) {
    this.toggleAttribute("autoplay", isOn);
  }

  get loop() {
    return this.hasAttribute("loop");
  }

  set loop(isOn) {
    this.toggleAttribute("loop", isOn);
  }

  /** `auto`: media is loaded before somebody plays it; `none`, the default: the poster alone. */
  get preload() {
    return this.getAttribute("preload") ?? "none";
  }

  set preload(how) {
    this.setAttribute("preload", how);
  }

  /** Where it begins: seconds, `1m30s` or `1:30`. */
  get start() {
    return this.getAttribute("start") ?? "";
  }

  set start(place) {
    this.setAttribute("start", place);
  }

  get poster() {
    return this.getAttribute("poster") ?? "";
  }

  set poster(url) {
    this.setAttribute("poster", url);
  }

  get theatre() {
    return this.hasAttribute("theatre");
  }

  set theatre(isOn) {
    this.toggleAttribute("theatre", isOn);
  }

  // --- what the <video> inside knows itself

  /** The `<video>` inside. @returns {HTMLVideoElement} */
  get video() {
    throw new Error("the element that extends this has it");
  }

  get paused() {
    return this.video.paused;
  }

  get muted() {
    return this.video.muted;
  }

  set muted(isMuted) {
    this.video.muted = isMuted;
  }

  get volume() {
    return this.video.volume;
  }

  set volume(volume) {
    this.video.volume = Math.min(1, Math.max(0, volume));
    this.video.muted = this.video.volume === 0;
  }

  get playbackRate() {
    return this.video.playbackRate;
  }

  set playbackRate(rate) {
    this.video.defaultPlaybackRate = this.video.playbackRate = rate;
  }

  toggleMute() {
    this.muted = !this.muted;
  }

  /** A page with the attribute `theatre-button` makes room for a wide player. */
  toggleTheatre() {
    if (!this.hasAttribute("theatre-button")) return;
    this.theatre = !this.theatre;
    this.dispatchEvent(new CustomEvent("theatre", { detail: { isOn: this.theatre } }));
  }
}
