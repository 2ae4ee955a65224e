// The bar of buttons over the picture.

import { button, make, setButton, setText } from "./dom.js";

/** @import {FramecastPlayer} from "./element.js" */

const BADGES = { live: "LIVE", paused: "PAUSED", connecting: "CONNECTING", nosignal: "NO SIGNAL", idle: "" };

export class Bar {
  #play;
  #mute;
  #record;
  #volume = /** @type {HTMLInputElement} */ (make("input", { type: "range", min: "0", max: "100", "aria-label": "Volume" }));
  #state = make("b");
  #latency = make("span");
  #badge = make("span", { class: "badge", part: "badge" }, this.#state, this.#latency);
  element;

  /** @param {FramecastPlayer} player */
  constructor(player) {
    this.player = player;
    this.#play = button("Pause (k)", "pause", "play", () => player.togglePlay());
    this.#mute = button("Mute (m)", "loud", "mute", () => player.toggleMute());
    this.#record = button("Record to this device (r)", "record", "record", () => player.saveRecording());
    this.#volume.addEventListener("input", () => (player.volume = Number(this.#volume.value) / 100));
    this.element = make(
      "div",
      { class: "bar", part: "controls", role: "toolbar", "aria-label": "Player" },
      this.#play,
      this.#mute,
      this.#volume,
      this.#badge,
      make("span", { class: "gap" }),
      this.#record,
      button("Snapshot (s)", "shot", "shot", () => player.saveSnapshot()),
    );
    if (document.pictureInPictureEnabled) this.element.append(button("Picture in picture (p)", "pip", "pip", () => player.togglePictureInPicture()));
    this.element.append(button("Fullscreen (f)", "full", "full", () => player.toggleFullscreen()));
  }

  update() {
    const { player } = this;
    const isPaused = player.state === "paused";
    setButton(this.#play, isPaused ? "Play (k)" : "Pause (k)", isPaused ? "play" : "pause");
    setButton(this.#mute, player.muted ? "Unmute (m)" : "Mute (m)", player.muted ? "mute" : "loud");
    this.#mute.hidden = this.#volume.hidden = !player.hasAudio;
    this.#volume.value = String(player.muted ? 0 : Math.round(player.volume * 100));
    this.#record.hidden = player.playing !== "mse";
    this.#record.setAttribute("aria-pressed", String(player.recording));
    setButton(this.#record, player.recording ? "Stop recording (r)" : "Record to this device (r)", "record");
    this.#badge.dataset.state = player.state;
    setText(this.#state, BADGES[player.state]);
    const latency = player.stats?.latency_ms;
    setText(this.#latency, player.state === "live" && latency != null ? `${Math.round(latency)} ms` : "");
  }
}
