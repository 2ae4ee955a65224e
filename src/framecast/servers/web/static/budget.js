// How many live pictures a page may show at once.
//
// A browser opens six connections to one HTTP/1.1 server, for all its tabs together, and a live picture keeps one for
// as long as it is seen. Two are left for questions. Over HTTP/2 a connection carries them all.

const [navigation] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
const isMultiplexed = /^(h2|h3)/.test(navigation?.nextHopProtocol ?? "");
const MOST = isMultiplexed ? 24 : 4;

let taken = 0;
/** @type {Set<() => void>} */
const waiting = new Set();

/**
 * Take one place for a live picture.
 * @returns {boolean} false where none is left
 */
export function take() {
  if (taken >= MOST) return false;
  taken += 1;
  return true;
}

/** Give a place back; the first that waits is told. */
export function giveBack() {
  taken -= 1;
  const [first] = waiting;
  if (first) {
    waiting.delete(first);
    first();
  }
}

/**
 * Be told once when a place may be free.
 * @param {() => void} callback
 * @returns {() => void} stops waiting
 */
export function whenFree(callback) {
  waiting.add(callback);
  return () => waiting.delete(callback);
}
