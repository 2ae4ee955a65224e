// Completes the names of people while somebody types "@". Pure.

const MOST_SHOWN = 6;
const LONGEST_QUERY = 64;

/**
 * The mention that is being typed before the caret.
 * @param {string} text
 * @param {number} caret
 * @returns {{start: number, query: string} | null} start: the place of the @
 */
export function mentionAt(text, caret) {
  const before = text.slice(0, caret);
  const start = before.lastIndexOf("@");
  if (start < 0 || caret - start > LONGEST_QUERY) return null;
  if (start > 0 && !/[\s([{"'.,;:!?]/.test(before[start - 1])) return null;
  const query = before.slice(start + 1);
  return /[\n@]|\s\s|^\s/.test(query) ? null : { start, query };
}

/**
 * The names that fit: those that begin with what was typed, then those with a word that does.
 * @param {string} query
 * @param {Iterable<string>} names
 */
export function completions(query, names) {
  const wanted = query.toLocaleLowerCase();
  const fits = (/** @type {string} */ name) => {
    const low = name.toLocaleLowerCase();
    if (low.startsWith(wanted)) return 0;
    return low.split(/[\s._-]+/).some((word) => word.startsWith(wanted)) ? 1 : 2;
  };
  const found = [...new Set(names)].map((name) => ({ name, rank: fits(name) })).filter((one) => one.rank < 2);
  return found.sort((one, other) => one.rank - other.rank || one.name.localeCompare(other.name)).slice(0, MOST_SHOWN).map((one) => one.name);
}

/**
 * The text with the name in the place of what was typed.
 * @param {string} text
 * @param {number} caret
 * @param {number} start
 * @param {string} name
 * @returns {{text: string, caret: number}}
 */
export function withMention(text, caret, start, name) {
  const begin = `${text.slice(0, start)}@${name} `;
  return { text: begin + text.slice(caret).replace(/^ /, ""), caret: begin.length };
}
