// Drags a tile to another place: with the mouse on its picture, or with any pointer on its grip.
//
// Nothing moves in the document during a drag, so no video is interrupted: tiles are only drawn elsewhere. `onDrop` gets the new
// place. Escape, or a lost pointer, cancels.

/**
 * @typedef {object} Slot place of a tile, in pixels of the document
 * @property {number} x
 * @property {number} y
 * @property {number} width
 * @property {number} height
 */

const BEGIN_PX = 6;
const EDGE_PX = 70;
const SCROLL_PX = 14;

export class Drag {
  #list;
  #onDrop;
  /** @type {HTMLElement[]} */
  #items = [];
  /** @type {Slot[]} */
  #slots = [];
  /** @type {HTMLElement | null} */
  #held = null;
  #from = 0;
  #to = 0;
  #begin = { x: 0, y: 0 };
  #now = { x: 0, y: 0 };
  #isMoving = false;
  #frame = 0;
  /** @type {AbortController | null} */
  #listening = null;

  /**
   * @param {HTMLElement} list whose visible children can be dragged
   * @param {(item: HTMLElement, place: number) => void} onDrop place among the visible ones
   */
  constructor(list, onDrop) {
    this.#list = list;
    this.#onDrop = onDrop;
    list.addEventListener("pointerdown", (event) => this.#take(event));
    list.addEventListener("dragstart", (event) => event.preventDefault());
  }

  /** True as soon as a tile has left its place. */
  get isMoving() {
    return this.#isMoving;
  }

  /** @param {PointerEvent} event */
  #take(event) {
    const target = /** @type {Element} */ (event.target);
    const isGrip = target.closest(".tile-grip") !== null;
    const isPicture = event.pointerType === "mouse" && target.closest(".tile-picture") !== null && !target.closest("button, a");
    const item = /** @type {HTMLElement | null} */ (target.closest("li"));
    if (this.#held || event.button !== 0 || !event.isPrimary || !item || !(isGrip || isPicture)) return;
    this.#held = item;
    this.#begin = this.#now = { x: event.pageX, y: event.pageY };
    this.#listening = new AbortController();
    const options = { signal: this.#listening.signal };
    addEventListener("pointermove", (move) => this.#move(move), options);
    addEventListener("pointerup", () => this.#end(true), options);
    addEventListener("pointercancel", () => this.#end(false), options);
    addEventListener("blur", () => this.#end(false), options);
    addEventListener("keydown", (key) => key.key === "Escape" && (key.stopPropagation(), this.#end(false)), { ...options, capture: true });
  }

  /** @param {PointerEvent} event */
  #move(event) {
    this.#now = { x: event.pageX, y: event.pageY };
    const distance = Math.hypot(this.#now.x - this.#begin.x, this.#now.y - this.#begin.y);
    if (!this.#isMoving && distance < BEGIN_PX) return;
    if (!this.#isMoving) this.#lift();
    event.preventDefault();
    this.#draw();
  }

  #lift() {
    const held = /** @type {HTMLElement} */ (this.#held);
    this.#isMoving = true;
    this.#items = /** @type {HTMLElement[]} */ ([...this.#list.children]).filter((item) => !item.hidden);
    this.#slots = this.#items.map((item) => {
      const { left, top, width, height } = item.getBoundingClientRect();
      return { x: left + scrollX, y: top + scrollY, width, height };
    });
    this.#from = this.#to = this.#items.indexOf(held);
    this.#list.classList.add("dragging");
    held.classList.add("held");
    getSelection()?.removeAllRanges();
    this.#frame = requestAnimationFrame(() => this.#scroll());
  }

  /** Draw the tile at the pointer, and the others at the places they would take. */
  #draw() {
    const held = /** @type {HTMLElement} */ (this.#held);
    held.style.translate = `${this.#now.x - this.#begin.x}px ${this.#now.y - this.#begin.y}px`;
    this.#to = nearest(this.#slots, this.#now);
    this.#items.forEach((item, place) => {
      if (item === held) return;
      const slot = this.#slots[shifted(place, this.#from, this.#to)];
      const own = this.#slots[place];
      item.style.translate = `${slot.x - own.x}px ${slot.y - own.y}px`;
    });
  }

  /** Scroll while the pointer is at the upper or lower edge. */
  #scroll() {
    const y = this.#now.y - scrollY;
    const by = y < EDGE_PX ? -SCROLL_PX : y > innerHeight - EDGE_PX ? SCROLL_PX : 0;
    const before = scrollY;
    if (by) scrollBy({ top: by, behavior: "instant" });
    if (scrollY !== before) {
      this.#now.y += scrollY - before;
      this.#draw();
    }
    this.#frame = requestAnimationFrame(() => this.#scroll());
  }

  /** @param {boolean} isDropped */
  #end(isDropped) {
    const held = this.#held;
    this.#listening?.abort();
    this.#held = null;
    if (!held || !this.#isMoving) return;
    cancelAnimationFrame(this.#frame);
    this.#isMoving = false;
    this.#list.classList.remove("dragging");
    held.classList.remove("held");
    for (const item of this.#items) item.style.translate = "";
    // Swallow the click that follows the drag.
    addEventListener("click", stop, { capture: true, once: true });
    setTimeout(() => removeEventListener("click", stop, { capture: true }));
    if (isDropped && this.#to !== this.#from) this.#onDrop(held, this.#to);
  }
}

/** @param {Event} event */
function stop(event) {
  event.stopPropagation();
  event.preventDefault();
}

/**
 * The place of a tile while another one moves.
 * @param {number} place
 * @param {number} from
 * @param {number} to
 */
function shifted(place, from, to) {
  if (place > from && place <= to) return place - 1;
  if (place < from && place >= to) return place + 1;
  return place;
}

/**
 * @param {Slot[]} slots
 * @param {{x: number, y: number}} point
 */
function nearest(slots, point) {
  const distances = slots.map((slot) => Math.hypot(slot.x + slot.width / 2 - point.x, slot.y + slot.height / 2 - point.y));
  return distances.indexOf(Math.min(...distances));
}
