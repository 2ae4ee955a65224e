// Keyboard, mouse and fingers on a player.

import { act } from "./actions.js";
import { actionOf } from "./keys.js";
import { Taps, dragPlace, thirdOf } from "./taps.js";

/**
 * @import {FramecastVideo} from "./element.js"
 * @import {VideoView} from "./view.js"
 * @import {Deck} from "./deck.js"
 */

const AWAKE_MS = 3000;
const SKIP_S = 10;

export class VideoInput {
  #awakeTimer = 0;
  #taps = new Taps();
  /** A finger on the picture: where and when it came down, and where it leads. @type {{x: number, y: number, at: number, to: number | null, id: number} | null} */
  #finger = null;
  #wasPlaying = false;
  #pointer = "mouse";
  /** @param {KeyboardEvent} event */
  #onPageKey = (event) => this.#isFree(event) && this.#onKey(event);

  /**
   * @param {FramecastVideo} player
   * @param {VideoView} view
   * @param {Deck} deck
   */
  constructor(player, view, deck) {
    this.player = player;
    this.view = view;
    this.deck = deck;
    const { stage } = view;
    stage.addEventListener("keydown", (event) => this.#onKey(event));
    stage.addEventListener("pointermove", (event) => event.pointerType === "mouse" && this.wake());
    stage.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && this.#sleep());
    stage.addEventListener("focusin", () => this.wake());
    stage.addEventListener("click", (event) => this.#onClick(/** @type {PointerEvent} */ (event)));
    stage.addEventListener("dblclick", (event) => this.#onDoubleClick(event));
    stage.addEventListener("pointerdown", (event) => this.#onDown(event));
    stage.addEventListener("pointermove", (event) => this.#onDrag(event));
    stage.addEventListener("pointerup", (event) => this.#onUp(event));
    stage.addEventListener("pointercancel", () => this.#letGo());
  }

  /** Take keys of the whole page, except where somebody types. @param {boolean} isOn */
  takePageKeys(isOn) {
    document.removeEventListener("keydown", this.#onPageKey);
    if (isOn) document.addEventListener("keydown", this.#onPageKey);
  }

  /** Show the controls for a while. */
  wake() {
    this.view.stage.toggleAttribute("data-awake", true);
    this.player.showTime();
    clearTimeout(this.#awakeTimer);
    this.#awakeTimer = setTimeout(() => this.#sleep(), AWAKE_MS);
  }

  #sleep() {
    clearTimeout(this.#awakeTimer);
    this.view.stage.toggleAttribute("data-awake", false);
  }

  /** @param {Event} event */
  #isOnPicture(event) {
    const target = event.composedPath()[0];
    return target instanceof HTMLVideoElement || target instanceof HTMLImageElement || target === this.view.stage;
  }

  /** A click with a mouse plays or pauses. @param {PointerEvent} event */
  #onClick(event) {
    if (!this.#isOnPicture(event) || event.pointerType !== "mouse") return;
    if (this.deck.choices.isOpen || !this.view.help.hidden) return this.#closePanels();
    if (event.detail !== 1) return;
    this.#wasPlaying = this.player.state === "playing";
    this.player.togglePlay();
  }

  #closePanels() {
    this.deck.choices.close();
    this.view.help.hidden = true;
  }

  /** Its first click has played or paused: that is taken back. @param {MouseEvent} event */
  #onDoubleClick(event) {
    if (!this.#isOnPicture(event) || this.#pointer !== "mouse") return;
    if (this.#wasPlaying) this.player.do("play");
    void this.player.toggleFullscreen();
  }

  /** @param {PointerEvent} event */
  #onDown(event) {
    this.#pointer = event.pointerType;
    if (event.pointerType === "mouse" || !this.#isOnPicture(event)) return;
    this.#finger = { x: event.clientX, y: event.clientY, at: this.player.currentTime, to: null, id: event.pointerId };
  }

  /** @param {PointerEvent} event */
  #onDrag(event) {
    const finger = this.#finger;
    if (!finger || finger.id !== event.pointerId || !this.player.duration) return;
    const { width } = this.view.stage.getBoundingClientRect();
    const to = dragPlace(finger, { x: event.clientX, y: event.clientY }, width, finger.at, this.player.duration);
    if (to === null && finger.to === null) return;
    finger.to = to ?? finger.to;
    this.wake();
    this.deck.seekBar.showPreview(/** @type {number} */ (finger.to));
  }

  /** @param {PointerEvent} event */
  #onUp(event) {
    const finger = this.#finger;
    if (!finger || finger.id !== event.pointerId) return;
    this.#letGo();
    if (finger.to !== null) return void this.player.do("seek", finger.to);
    const { left, width } = this.view.stage.getBoundingClientRect();
    this.#onTap(thirdOf(event.clientX - left, width), event.timeStamp);
  }

  #letGo() {
    this.#finger = null;
    this.deck.seekBar.hidePreview();
  }

  /** @param {"left" | "middle" | "right"} third @param {number} now */
  #onTap(third, now) {
    const count = this.#taps.add(third, now);
    if (this.deck.choices.isOpen) return this.#closePanels();
    if (this.player.state === "ready") return void this.player.do("play");
    if (count > 1 && third !== "middle") return this.skip(third === "left" ? -SKIP_S : SKIP_S, (count - 1) * SKIP_S);
    if (count > 1) return void this.player.togglePlay();
    if (this.view.stage.hasAttribute("data-awake")) this.#sleep();
    else this.wake();
  }

  /** Jump, and say so. @param {number} by @param {number} [shown] */
  skip(by, shown = Math.abs(by)) {
    this.player.skip(by);
    this.view.ripple(by < 0 ? "left" : "right", `${by < 0 ? "−" : "+"}${shown} s`);
  }

  /** Whether a key of the page is nobody else's. @param {KeyboardEvent} event */
  #isFree(event) {
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return false;
    const target = /** @type {HTMLElement} */ (event.composedPath()[0]);
    if (event.composedPath().includes(this.player)) return false; // the stage has seen it
    if (target.matches?.("input, select, textarea, [contenteditable], [role=menuitem], summary")) return false;
    return !(target.matches?.("button, a, pre") && [" ", "ArrowUp", "ArrowDown"].includes(event.key)) && !["Home", "End", "ArrowUp", "ArrowDown"].includes(event.key);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.key === "Escape" && !this.view.help.hidden) return void (this.view.help.hidden = true);
    const action = actionOf(event);
    const target = event.composedPath()[0];
    const isButton = target instanceof HTMLButtonElement && event.key === " ";
    const isVolume = target instanceof HTMLInputElement && (event.key.startsWith("Arrow") || ["Home", "End"].includes(event.key));
    if (!action || isButton || isVolume) return;
    event.preventDefault();
    this.wake();
    if (action.name === "skip") this.skip(action.by);
    else act(this.player, action);
  }
}
