// When a video counts as watched: after ten seconds that were really played, or half of a shorter one. Once for each time it is opened.

const ENOUGH_S = 10;
/** A longer step of the time between two events is a jump. */
const MOST_STEP_S = 2;

export class Views {
  #played = 0;
  #last = 0;
  #isCounted = false;

  /** @param {() => void} onView */
  constructor(onView) {
    this.onView = onView;
  }

  /** The video stands here now. @param {number} at @param {number} duration */
  add(at, duration) {
    const step = at - this.#last;
    this.#last = at;
    if (this.#isCounted || step <= 0 || step > MOST_STEP_S) return;
    this.#played += step;
    if (!(this.#played >= Math.min(ENOUGH_S, duration / 2))) return;
    this.#isCounted = true;
    this.onView();
  }
}
