// The order of the streams on the wall, and which of them match a filter. Pure: names in, names out.

import { titleOf } from "./words.js";

/** @typedef {import("./api.js").Stream} Stream */

/**
 * Names in their order: first those that the user has arranged, then new ones, sorted.
 * @param {string[]} names
 * @param {string[]} remembered may contain names of streams that do not exist now
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
 * @param {number} place from 0; clamped
 */
export function moved(names, name, place) {
  const others = names.filter((other) => other !== name);
  const at = Math.max(0, Math.min(others.length, place));
  return [...others.slice(0, at), name, ...others.slice(at)];
}

/**
 * The order to remember after the visible names were rearranged: they share the places that they had. Names that are
 * not visible now (filtered, temporarily gone) keep theirs.
 * @param {string[]} all every name in the previous order, including those that are gone
 * @param {string[]} seen some of them in their new order
 */
export function merged(all, seen) {
  const moving = new Set(seen);
  const queue = [...seen];
  return all.map((name) => (moving.has(name) ? /** @type {string} */ (queue.shift()) : name));
}

/**
 * Whether a stream matches: its names, groups, source, message or state must contain every word.
 * @param {Stream} stream
 * @param {string} words
 * @param {Set<string>} states empty is all
 * @param {boolean} hasNoSignal its player shows no pictures, regardless of its state on the server
 */
export function matches(stream, words, states, hasNoSignal) {
  if (states.size > 0 && !states.has(stream.state) && !(hasNoSignal && states.has("nosignal"))) return false;
  const text = [stream.name, titleOf(stream), ...(stream.groups ?? []), stream.producers[0]?.url, stream.message, stream.state].join(" ").toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/**
 * All groups of these streams, sorted.
 * @param {Stream[]} streams
 */
export function groupsOf(streams) {
  const names = new Set(streams.flatMap((stream) => stream.groups ?? []));
  return [...names].sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
}

/**
 * Whether a stream belongs to a group.
 * @param {Stream} stream
 * @param {string} group '' for all streams
 */
export function isIn(stream, group) {
  return group === "" || (stream.groups ?? []).includes(group);
}

/**
 * How many pages there are, which one is shown, and what is on it.
 * @param {string[]} names
 * @param {number} layout cells on each side, 0 is automatic
 * @param {number} wanted page from 0
 */
export function pageOf(names, layout, wanted) {
  if (!layout) return { pages: 1, page: 0, shown: names };
  const size = layout * layout;
  const pages = Math.max(1, Math.ceil(names.length / size));
  const page = Math.min(wanted, pages - 1);
  return { pages, page, shown: names.slice(page * size, (page + 1) * size) };
}
