// Keyboard, mouse and touch on a player with controls.

/** @import {FramecastPlayer} from "./element.js" */

const AWAKE_MS = 3000;
const VOLUME_STEP = 0.1;

/** @type {Record<string, (player: FramecastPlayer) => unknown>} */
const KEYS = {
  " ": (player) => player.togglePlay(),
  k: (player) => player.togglePlay(),
  m: (player) => player.toggleMute(),
  f: (player) => player.toggleFullscreen(),
  p: (player) => player.togglePictureInPicture(),
  s: (player) => player.saveSnapshot(),
  r: (player) => player.saveRecording(),
  ArrowUp: (player) => (player.volume += VOLUME_STEP),
  ArrowDown: (player) => (player.volume -= VOLUME_STEP),
};

export class Input {
  /** Whether the player was paused before the last click on the picture; null if that click was elsewhere. @type {boolean | null} */
  #wasPaused = null;
  #awakeTimer = 0;

  /**
   * @param {FramecastPlayer} player
   * @param {HTMLElement} stage
   * @param {HTMLElement} veil a click on it counts as one on the picture
   */
  constructor(player, stage, veil) {
    this.player = player;
    this.stage = stage;
    this.veil = veil;
    stage.addEventListener("keydown", (event) => this.#onKey(event));
    stage.addEventListener("pointermove", () => this.#wake());
    stage.addEventListener("pointerleave", () => this.#sleep());
    stage.addEventListener("dblclick", () => this.#onDoubleClick());
    stage.addEventListener("click", (event) => this.#onClick(/** @type {PointerEvent} */ (event)));
  }

  /** Show the controls for a while. */
  #wake() {
    this.stage.toggleAttribute("data-awake", true);
    clearTimeout(this.#awakeTimer);
    this.#awakeTimer = setTimeout(() => this.#sleep(), AWAKE_MS);
  }

  #sleep() {
    clearTimeout(this.#awakeTimer);
    this.stage.toggleAttribute("data-awake", false);
  }

  /** @param {Event} event */
  #isOnPicture(event) {
    const target = event.composedPath()[0];
    return target instanceof HTMLVideoElement || target instanceof HTMLCanvasElement || target === this.veil;
  }

  /** A tap shows the controls; with a mouse they are visible already. @param {PointerEvent} event */
  #onClick(event) {
    if (event.detail === 1) this.#wasPaused = null;
    if (!this.player.controls || !this.#isOnPicture(event)) return;
    if (event.pointerType !== "mouse") this.#wake();
    if (event.detail !== 1) return;
    this.#wasPaused = this.player.isPaused;
    if (event.pointerType === "mouse") this.player.togglePlay();
  }

  /** Its first click has paused or resumed, and its second may have hit the large play button: restore what was before. */
  #onDoubleClick() {
    if (this.#wasPaused === null) return;
    if (this.#wasPaused) this.player.pause();
    else this.player.play();
    void this.player.toggleFullscreen();
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (!this.player.controls || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.composedPath()[0];
    const isUsed = (target instanceof HTMLButtonElement && event.key === " ") || (target instanceof HTMLInputElement && event.key.startsWith("Arrow"));
    const action = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action || isUsed || (event.repeat && !event.key.startsWith("Arrow"))) return;
    event.preventDefault();
    this.#wake();
    action(this.player);
  }
}
