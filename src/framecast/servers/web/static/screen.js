// What a view draws on: a canvas that shows the newest picture, and never falls behind.

import { el } from "./dom.js";

/** @typedef {import("./mjpeg.js").Picture} Picture */

export class Screen {
  canvas = /** @type {HTMLCanvasElement} */ (el("canvas", { role: "img", width: "16", height: "9" }));
  #context = /** @type {ImageBitmapRenderingContext} */ (this.canvas.getContext("bitmaprenderer"));
  /** @type {Picture | null} */
  #next = null;
  #isDrawing = false;

  /**
   * Show a picture as soon as the one before is drawn; what comes meanwhile is skipped but for the newest.
   * @param {Picture} picture
   */
  show(picture) {
    this.#next = picture;
    if (!this.#isDrawing) void this.#draw();
  }

  /** Show nothing. */
  clear() {
    this.#next = null;
    this.#context.transferFromImageBitmap(null);
  }

  async #draw() {
    this.#isDrawing = true;
    while (this.#next) {
      const picture = this.#next;
      try {
        const bitmap = await createImageBitmap(picture.jpeg);
        if (!this.#next) break; // cleared meanwhile
        if (this.#next === picture) this.#next = null;
        this.canvas.width = bitmap.width;
        this.canvas.height = bitmap.height;
        this.#context.transferFromImageBitmap(bitmap);
      } catch {
        // A broken picture is skipped: the next one comes.
        if (this.#next === picture) this.#next = null;
      }
    }
    this.#isDrawing = false;
  }
}
