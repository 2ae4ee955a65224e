// In which order streams stand on the wall, and which of them are meant. Pure: names in, names out.

/** @typedef {import("./api.js").Stream} Stream */

/**
 * Names in their order: those that somebody has put somewhere first, then what is new, as people sort.
 * @param {string[]} names
 * @param {string[]} remembered may hold names of streams that are not there now
 * @returns {string[]}
 */
export function arranged(names, remembered) {
  const known = new Set(remembered);
  const there = new Set(names);
  const fresh = names.filter((name) => !known.has(name)).sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
  return [...remembered.filter((name) => there.has(name)), ...fresh];
}

/**
 * The order after one name was moved.
 * @param {string[]} names
 * @param {string} name
 * @param {number} place from 0; too large or small is the end
 */
export function moved(names, name, place) {
  const others = names.filter((other) => other !== name);
  const at = Math.max(0, Math.min(others.length, place));
  return [...others.slice(0, at), name, ...others.slice(at)];
}

/**
 * What to remember when the names that can be seen were put into a new order: they share the places that they had,
 * and what cannot be seen now (filtered, gone for the moment) keeps its own.
 * @param {string[]} all every name in the order before, those that are gone too
 * @param {string[]} seen some of them in their new order
 */
export function merged(all, seen) {
  const moving = new Set(seen);
  const queue = [...seen];
  return all.map((name) => (moving.has(name) ? /** @type {string} */ (queue.shift()) : name));
}

/**
 * Whether a stream is among those that are looked for: every word must stand in its name, source or message.
 * @param {Stream} stream
 * @param {string} words
 * @param {Set<string>} states empty is all
 * @param {boolean} hasNoSignal its player shows no pictures, whatever the server says
 */
export function isMeant(stream, words, states, hasNoSignal) {
  if (states.size > 0 && !states.has(stream.state) && !(hasNoSignal && states.has("nosignal"))) return false;
  const text = [stream.name, stream.producers[0]?.url, stream.message, stream.state].join(" ").toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
