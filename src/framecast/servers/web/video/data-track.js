// A data track of a stored video: its records, asked of the server by windows of time as they are needed.

/** @typedef {{time_s: number, value?: unknown}} DataRecord */

export const WINDOW_S = 10;
/** A record counts until the next one comes, but no longer than this. */
export const HOLD_S = 1;
/** Pictures and records have the same times; this much is rounding. */
const ROUNDING_S = 0.004;
const MOST_WINDOWS = 8;
/** About 1 MiB each. */
const MOST_PARTS = 12;
const AGAIN_MS = 4000;

/** @typedef {{records: DataRecord[], isWhole: boolean, askedAt: number, isAsking: boolean}} Window */

export class DataTrack {
  /** @type {Map<number, Window>} the newest last */
  #windows = new Map();

  /**
   * @param {string} name
   * @param {(from: number, to: number, skip: number) => string} addressOf of a range of time, without the first records of `from`
   * @param {() => boolean} isGrowing
   * @param {() => void} onData
   */
  constructor(name, addressOf, isGrowing, onData) {
    this.name = name;
    this.addressOf = addressOf;
    this.isGrowing = isGrowing;
    this.onData = onData;
  }

  /** The record that counts at a time, null for none. What is missing is asked for. @param {number} at seconds @returns {DataRecord | null} */
  at(at) {
    const place = Math.floor(at / WINDOW_S);
    const here = this.#window(place);
    const before = at - place * WINDOW_S < HOLD_S && place > 0 ? this.#window(place - 1) : null;
    if ((place + 1) * WINDOW_S - at < WINDOW_S / 2) this.#window(place + 1);
    const found = lastAt(here.records, at) ?? (before && lastAt(before.records, at));
    return found && at - found.time_s <= HOLD_S ? found : null;
  }

  /** @param {number} place @returns {Window} */
  #window(place) {
    const found = this.#windows.get(place) ?? { records: [], isWhole: false, askedAt: -Infinity, isAsking: false };
    this.#windows.delete(place);
    this.#windows.set(place, found);
    if (this.#windows.size > MOST_WINDOWS) this.#windows.delete(this.#windows.keys().next().value ?? 0);
    if (!found.isWhole && !found.isAsking && performance.now() - found.askedAt > AGAIN_MS) void this.#ask(place, found);
    return found;
  }

  /** @param {number} place @param {Window} found */
  async #ask(place, found) {
    found.isAsking = true;
    found.askedAt = performance.now();
    const isGrowing = this.isGrowing();
    try {
      /** @type {DataRecord[]} */
      const records = [];
      let [from, skip] = [place * WINDOW_S, 0];
      for (let part = 0; part < MOST_PARTS; part++) {
        const answer = await fetch(this.addressOf(from, (place + 1) * WINDOW_S, skip), { signal: AbortSignal.timeout(AGAIN_MS * 4) });
        if (!answer.ok) return;
        const { records: more, next_s: next, next_skip: nextSkip } = await answer.json();
        records.push(...more);
        if (next === null) break;
        [from, skip] = [next, nextSkip];
      }
      found.records = records;
      found.isWhole = !isGrowing;
      this.onData();
    } catch {
      // Asked again while it is needed: the picture goes on without it.
    } finally {
      found.isAsking = false;
    }
  }
}

/** The last record up to a time, of records in their order. @param {DataRecord[]} records @param {number} at @returns {DataRecord | null} */
export function lastAt(records, at) {
  let [low, high] = [0, records.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (records[middle].time_s <= at + ROUNDING_S) low = middle + 1;
    else high = middle;
  }
  return low ? records[low - 1] : null;
}
