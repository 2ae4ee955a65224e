// Moments, waits, counts and refusals as people read them. Pure.

import { dayOf } from "./rows.js";

/** @param {number} at UTC seconds */
export function clockWords(at) {
  return new Date(at * 1000).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
}

/** @param {number} at UTC seconds */
export function fullTimeWords(at) {
  return new Date(at * 1000).toLocaleString(undefined, { dateStyle: "full", timeStyle: "medium" });
}

/** @param {number} at UTC seconds @param {number} [now] */
export function dayWords(at, now = Date.now() / 1000) {
  if (dayOf(at) === dayOf(now)) return "Today";
  if (dayOf(at) === dayOf(now - 86400)) return "Yesterday";
  const isThisYear = new Date(at * 1000).getFullYear() === new Date(now * 1000).getFullYear();
  return new Date(at * 1000).toLocaleDateString(undefined, { weekday: "long", day: "numeric", month: "long", ...(isThisYear ? {} : { year: "numeric" }) });
}

/** A duration that somebody waits for: "12 s", "3 min", "2 h". @param {number} seconds */
export function waitWords(seconds) {
  const left = Math.max(1, Math.ceil(seconds));
  if (left < 100) return `${left} s`;
  if (left < 5400) return `${Math.ceil(left / 60)} min`;
  return left < 172800 ? `${Math.ceil(left / 3600)} h` : `${Math.ceil(left / 86400)} days`;
}

/** A place in a video: 1:05, 1:02:03. @param {number} seconds */
export function placeWords(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** @param {readonly string[]} names */
export function typingWords(names) {
  if (names.length === 0) return "";
  if (names.length === 1) return `${names[0]} is typing`;
  if (names.length === 2) return `${names[0]} and ${names[1]} are typing`;
  return names.length === 3 ? `${names[0]}, ${names[1]} and ${names[2]} are typing` : "Several people are typing";
}

/** @param {number} count */
export function newWords(count) {
  if (count <= 0) return "To the newest message";
  return count === 1 ? "1 new message" : `${count > 99 ? "99+" : count} new messages`;
}

/** @param {string} text */
export function sentenceOf(text) {
  const words = text.trim();
  if (!words) return "";
  return words[0].toUpperCase() + words.slice(1) + (/[.!?…]$/.test(words) ? "" : ".");
}

/** Two letters for the sign of a person. @param {string} name */
export function initialsOf(name) {
  const words = name.split(/[\s._-]+/).filter(Boolean);
  const letters = words.length > 1 ? [...words[0]][0] + [...words[words.length - 1]][0] : [...name].slice(0, 2).join("");
  return letters.toUpperCase();
}

/** A colour of six for a person, the same everywhere. @param {string} id */
export function colourOf(id) {
  let sum = 7;
  for (const point of id) sum = (sum * 31 + (point.codePointAt(0) ?? 0)) % 9973;
  return sum % 6;
}
