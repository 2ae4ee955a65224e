// Messages as people read them.

/** @param {string} words */
export function sentence(words) {
  const text = words.trim();
  return text && text[0].toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
}

/** Hours and minutes, with the date if it is another day. @param {number} ms UTC */
export function timeWords(ms) {
  const time = new Date(ms);
  if (time.toDateString() === new Date().toDateString()) return time.toLocaleTimeString([], { timeStyle: "short" });
  return time.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
}

/** Minutes and seconds, 12:05, with hours from the first hour on. @param {number} seconds */
export function durationWords(seconds) {
  const parts = [Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
  if (seconds >= 3600) parts.unshift(Math.floor(seconds / 3600));
  return parts.map((part, place) => (place ? String(part).padStart(2, "0") : String(part))).join(":");
}

/** The message of anything that was thrown. @param {unknown} error */
export function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
