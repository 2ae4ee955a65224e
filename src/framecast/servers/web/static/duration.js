// How long something is, and a place in it. Whole seconds that have passed: the player and the pages show the same. Pure.

/** Minutes and seconds, 12:05, with hours from the first hour on. @param {number} seconds */
export function durationWords(seconds) {
  const parts = [Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
  if (seconds >= 3600) parts.unshift(Math.floor(seconds / 3600));
  return parts.map((part, place) => (place ? String(part).padStart(2, "0") : String(part))).join(":");
}
