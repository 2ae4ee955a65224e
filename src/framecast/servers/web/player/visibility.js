// Whether a player can be seen: it is near the viewport of a visible page. Out of sight a player holds no connection.

/** Scrolling past a player does not cost a connection: it counts as unseen only after this long. */
const UNSEEN_MS = 600;
const MARGIN = "120px";

export class Visibility {
  #isSeen = false;
  #timer = 0;
  #observer = new IntersectionObserver((entries) => this.#onSeen(entries[entries.length - 1].isIntersecting), { rootMargin: MARGIN });

  /**
   * @param {Element} element
   * @param {() => void} onChange
   */
  constructor(element, onChange) {
    this.element = element;
    this.onChange = onChange;
  }

  get isSeen() {
    return this.#isSeen && !document.hidden;
  }

  observe() {
    document.addEventListener("visibilitychange", this.onChange);
    this.#observer.observe(this.element);
  }

  disconnect() {
    document.removeEventListener("visibilitychange", this.onChange);
    this.#observer.disconnect();
    clearTimeout(this.#timer);
    this.#isSeen = false;
  }

  /** @param {boolean} isSeen */
  #onSeen(isSeen) {
    clearTimeout(this.#timer);
    if (isSeen) this.#isSeen = true;
    else {
      this.#timer = setTimeout(() => {
        this.#isSeen = false;
        this.onChange();
      }, UNSEEN_MS);
    }
    this.onChange();
  }
}
