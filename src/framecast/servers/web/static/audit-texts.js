// The rows of the audit log in words. Pure.

/** @typedef {{id: number, at: number, who: string, address: string, what: string, target: string, result: string}} Entry */

/** What happened, by the word of the log; one that is not here is shown with its own words. @type {Record<string, string>} */
const EVENTS = {
  "sign in": "Signed in",
  "sign out": "Signed out",
};

/** @param {string} what */
export function eventWords(what) {
  const words = EVENTS[what] ?? what.replace(/[._-]+/g, " ");
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

/**
 * A day of a form as UTC seconds: its beginning, or the beginning of the next one.
 * @param {string} day such as 2026-05-01, or ""
 * @param {number} [later] days
 * @returns {number} 0 for none
 */
export function dayStart(day, later = 0) {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return 0;
  const [year, month, date] = day.split("-").map(Number);
  return Math.floor(new Date(year, month - 1, date + later).getTime() / 1000);
}
