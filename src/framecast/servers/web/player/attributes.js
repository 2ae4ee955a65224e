// The attributes of the player as properties.

import { ALL_MODES } from "./modes.js";

/**
 * @import {Transport} from "./transport.js"
 *
 * @typedef {object} PlaybackOptions what a playback reads at each connection
 * @property {string} src
 * @property {string} server
 * @property {string} token
 * @property {string} mode
 * @property {boolean} noAudio
 * @property {number} pictureWidth
 * @property {string} poster
 * @property {Transport} transport
 */

/** The server that this player was loaded from: BASE/static/player.js, the one file that all modules are bundled into. */
const BASE = new URL("../", import.meta.url).href;

export class ReflectedAttributes extends HTMLElement {
  get src() {
    return this.getAttribute("src") ?? "";
  }

  set src(name) {
    this.setAttribute("src", name);
  }

  /** The server's base address; ends with a slash. */
  get server() {
    const given = this.getAttribute("server");
    return given ? new URL(given.endsWith("/") ? given : `${given}/`, document.baseURI).href : BASE;
  }

  set server(url) {
    this.setAttribute("server", url);
  }

  /** The token of a share link; empty for visitors who are logged in. */
  get token() {
    return this.getAttribute("token") ?? "";
  }

  set token(token) {
    this.setAttribute("token", token);
  }

  get mode() {
    return this.getAttribute("mode") ?? ALL_MODES;
  }

  set mode(modes) {
    this.setAttribute("mode", modes);
  }

  get controls() {
    return this.hasAttribute("controls");
  }

  set controls(isOn) {
    this.toggleAttribute("controls", isOn);
  }

  get noAudio() {
    return this.hasAttribute("no-audio");
  }

  set noAudio(isOn) {
    this.toggleAttribute("no-audio", isOn);
  }

  get background() {
    return this.hasAttribute("background");
  }

  set background(isOn) {
    this.toggleAttribute("background", isOn);
  }

  get poster() {
    return this.getAttribute("poster") ?? "";
  }

  set poster(url) {
    this.setAttribute("poster", url);
  }

  /** The attribute `width`: of the pictures in mode mjpeg, 0 for their own. */
  get pictureWidth() {
    return Number(this.getAttribute("width")) || 0;
  }
}
