// Where somebody stopped in a video, kept by this browser. Pure but for the storage that it is given.

const PREFIX = "framecast-video:";
const LEAST_S = 30;
const FINISHED_SHARE = 0.95;
/** So many videos are remembered; the oldest one goes. */
const MOST_VIDEOS = 200;

/** @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">} Memory */

export class Resume {
  #memory;
  #key;

  /**
   * @param {Memory | null} memory null: nothing is remembered
   * @param {string} id of the video; with the server's address for a player in a page of another site
   */
  constructor(memory, id) {
    this.#memory = memory;
    this.#key = PREFIX + id;
  }

  /** The place to begin at, 0 for the beginning. @param {number} duration in seconds, 0 if it is unknown */
  place(duration) {
    const [at] = read(this.#memory, this.#key);
    return isWorthIt(at, duration || Infinity) ? at : 0;
  }

  /**
   * Remember a place; one at the beginning or near the end forgets the video.
   * @param {number} at
   * @param {number} duration
   * @param {number} now UTC ms
   */
  note(at, duration, now) {
    const memory = this.#memory;
    if (!memory) return;
    try {
      if (!isWorthIt(at, duration)) return void memory.removeItem(this.#key);
      memory.setItem(this.#key, `${at.toFixed(1)} ${now}`);
      this.#forgetOldest(memory);
    } catch {
      // The storage is full or forbidden: the video begins at its beginning the next time.
    }
  }

  /** @param {Memory} memory */
  #forgetOldest(memory) {
    const keys = Array.from({ length: memory.length }, (_, place) => memory.key(place) ?? "").filter((key) => key.startsWith(PREFIX));
    if (keys.length <= MOST_VIDEOS) return;
    const ages = keys.map((key) => ({ key, when: read(memory, key)[1] })).sort((one, other) => one.when - other.when);
    for (const { key } of ages.slice(0, keys.length - MOST_VIDEOS)) memory.removeItem(key);
  }
}

/** The storage of this browser, null if the page may not use it. @returns {Memory | null} */
export function ownMemory() {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

/** @param {number} at @param {number} duration */
function isWorthIt(at, duration) {
  return at > LEAST_S && at < FINISHED_SHARE * duration;
}

/** @param {Memory | null} memory @param {string} key @returns {[number, number]} place, and when it was kept */
function read(memory, key) {
  try {
    const [at, when] = (memory?.getItem(key) ?? "").split(" ").map(Number);
    return [Number.isFinite(at) ? at : 0, Number.isFinite(when) ? when : 0];
  } catch {
    return [0, 0];
  }
}
