// What the settings of a room are called, and what is wrong with them. Pure.

/**
 * @typedef {"guest" | "member" | "moderator" | "owner"} Role
 *
 * @typedef {object} Settings
 * @property {"off" | "read" | "write"} guests
 * @property {number} slow_s
 * @property {"allowed" | "members" | "held" | "refused"} links
 * @property {string[]} [words]
 * @property {"held" | "refused"} words_action
 * @property {number} hold_new_s
 * @property {"leader" | "moderators" | "everyone"} remote
 * @property {boolean} waits_for_stalled
 * @property {number | null} retention_days
 * @property {boolean} is_open
 */

export const MOST_WORDS = 500;
export const LONGEST_WORD = 60;
export const LONGEST_SLOW_S = 21_600;
export const LONGEST_RETENTION_DAYS = 3650;
export const LONGEST_HOLD_H = 720;

/** Value and words. @type {Record<string, [string, string][]>} */
export const CHOICES = {
  guests: [
    ["off", "May not enter"],
    ["read", "May read"],
    ["write", "May read and write, under a name"],
  ],
  links: [
    ["allowed", "From everybody"],
    ["members", "From members only"],
    ["held", "Held until a moderator has seen them"],
    ["refused", "Refused"],
  ],
  words_action: [
    ["held", "Held until a moderator has seen it"],
    ["refused", "Refused"],
  ],
  remote: [
    ["leader", "The one who leads"],
    ["moderators", "Moderators"],
    ["everyone", "Everybody"],
  ],
  slow_s: [
    ["0", "Off"],
    ["5", "5 seconds"],
    ["10", "10 seconds"],
    ["30", "30 seconds"],
    ["60", "A minute"],
    ["300", "5 minutes"],
    ["900", "15 minutes"],
    ["3600", "An hour"],
  ],
};

/**
 * The choices of a setting, with the value that it has, even if it is not among them.
 * @param {string} name
 * @param {string} value
 * @param {(value: string) => string} words
 * @returns {[string, string][]}
 */
export function choicesWith(name, value, words) {
  const known = CHOICES[name];
  return known.some(([one]) => one === value) ? known : [...known, [value, words(value)]];
}

/** The words of a text area: one on a line, each once. @param {string} text */
export function wordsIn(text) {
  return [...new Set(text.split("\n").map((line) => line.trim().replace(/\s+/g, " ")).filter(Boolean))];
}

/** What is wrong with the words, "" if nothing is. @param {string} text */
export function wrongWords(text) {
  const words = wordsIn(text);
  const long = words.find((word) => [...word].length > LONGEST_WORD);
  if (long) return `Each line may have ${LONGEST_WORD} characters; “${[...long].slice(0, 20).join("")}…” has ${[...long].length}.`;
  return words.length > MOST_WORDS ? `There may be ${MOST_WORDS} lines, got ${words.length}.` : "";
}

/**
 * What has changed, to be sent.
 * @param {Settings} before
 * @param {Settings} now
 * @returns {Partial<Settings>}
 */
export function changes(before, now) {
  const pairs = Object.entries(now).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[/** @type {keyof Settings} */ (name)]));
  return Object.fromEntries(pairs);
}
