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

/** The message of anything that was thrown. @param {unknown} error */
export function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
