// Shows JPEG pictures on a canvas. While one is decoded only the newest one waits.

/** @import {Screen, ScreenEvents} from "./screen.js" */

/** @implements {Screen} */
export class JpegScreen {
  #context;
  #next = /** @type {Blob | null} */ (null);
  #isDrawing = false;
  #isClosed = false;
  /** The picture on the screen, as it was received. @type {Blob | null} */
  picture = null;
  mime = "image/jpeg";
  stalls = 0;
  latency = null;
  lead = null;
  isOnlySound = false;
  isReady = true;
  hasAudio = false;
  isStuck = false;
  #shown = 0;
  #dropped = 0;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {ScreenEvents} events
   */
  constructor(canvas, events) {
    this.canvas = canvas;
    this.events = events;
    this.#context = /** @type {ImageBitmapRenderingContext} */ (canvas.getContext("bitmaprenderer"));
  }

  get width() {
    return this.canvas.width;
  }

  get height() {
    return this.canvas.height;
  }

  get element() {
    return this.canvas;
  }

  get counts() {
    return { shown: this.#shown, dropped: this.#dropped };
  }

  begin() {}

  /** @param {Uint8Array<ArrayBuffer>} bytes */
  take(bytes) {
    if (this.#next) this.#dropped += 1;
    this.#next = new Blob([bytes], { type: "image/jpeg" });
    if (!this.#isDrawing) void this.#draw();
    return true;
  }

  setCaptured() {}

  tick() {}

  close() {
    this.#isClosed = true;
    this.#next = this.picture = null;
    this.#context.transferFromImageBitmap(null);
  }

  async #draw() {
    this.#isDrawing = true;
    while (this.#next) {
      const picture = this.#next;
      this.#next = null;
      try {
        const bitmap = await createImageBitmap(picture);
        if (this.#isClosed) return bitmap.close();
        [this.canvas.width, this.canvas.height] = [bitmap.width, bitmap.height];
        this.#context.transferFromImageBitmap(bitmap);
        this.picture = picture;
        this.#shown += 1;
        this.events.onPicture();
      } catch {
        this.#dropped += 1; // a damaged picture: the next one follows
      }
    }
    this.#isDrawing = false;
  }
}
