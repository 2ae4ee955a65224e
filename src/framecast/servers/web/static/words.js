// Figures and states as people read them.

/** @typedef {import("./api.js").Stream} Stream */

/** @type {Record<string, string>} */
const STATES = {
  live: "Live",
  connecting: "Connecting",
  stalled: "Stalled",
  offline: "Offline",
  idle: "Idle",
  ended: "Ended",
  nosignal: "No signal",
  paused: "Paused",
  unknown: "Unknown",
};

/**
 * The name of a stream for people: its display name if it has one.
 * @param {Stream} stream
 */
export function titleOf(stream) {
  return stream.display_name || stream.name;
}

/** @param {string} state */
export function stateWord(state) {
  return STATES[state] ?? state;
}

/**
 * The state of a stream as this page sees it: live only while its player shows fresh pictures.
 * @param {Stream | null} stream null if the server does not answer
 * @param {{state: string, isConnected: boolean, hidden: boolean}} player
 */
export function seenState(stream, player) {
  const isLooking = player.isConnected && !player.hidden && player.state !== "idle";
  if (stream && !(isLooking && stream.state === "live")) return stream.state;
  return isLooking ? player.state : "unknown";
}

/**
 * The track that has the picture size.
 * @param {Stream} stream
 */
export function pictureTrack(stream) {
  const named = (/** @type {string} */ name) => stream.tracks.find((track) => track.name === name);
  return named("video") ?? named("frames");
}

/**
 * False if a stream is known to have no video.
 * @param {Stream} stream
 */
export function hasPictures(stream) {
  return stream.tracks.length === 0 || pictureTrack(stream) !== undefined;
}

/**
 * True if a stream is known to have audio.
 * @param {Stream} stream
 */
export function hasSound(stream) {
  return stream.tracks.some((track) => track.name === "audio" || track.name === "samples");
}

/** @param {Stream | undefined} stream */
export function sizeWords(stream) {
  const track = stream && pictureTrack(stream);
  const { width, height } = track?.picture ?? track ?? { width: 0, height: 0 };
  return width ? `${width} × ${height}` : "";
}

/** @param {Stream} stream */
export function rateWords(stream) {
  const [over, under] = (pictureTrack(stream)?.rate ?? "").split("/").map(Number);
  const rate = over / (under || 1);
  return rate > 0 ? `${trim(rate)} fps` : "";
}

/** @param {number} value */
export function trim(value) {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toFixed(value >= 10 ? 1 : 2)));
}

/** @param {number} bitsPerSecond */
export function bitWords(bitsPerSecond) {
  if (bitsPerSecond >= 1e6) return `${trim(bitsPerSecond / 1e6)} Mbit/s`;
  return `${Math.round(bitsPerSecond / 1e3)} kbit/s`;
}

/**
 * @param {number} count
 * @param {string} one
 * @param {string} many
 */
export function countWords(count, one, many) {
  return `${count} ${count === 1 ? one : many}`;
}

/** @param {number} since UTC seconds */
export function sinceWords(since) {
  const seconds = Math.max(0, Date.now() / 1000 - since);
  if (seconds < 60) return "less than a minute";
  if (seconds < 3600) return countWords(Math.floor(seconds / 60), "minute", "minutes");
  if (seconds < 172800) return countWords(Math.floor(seconds / 3600), "hour", "hours");
  return countWords(Math.floor(seconds / 86400), "day", "days");
}

/** A message of the server as a sentence; one that begins with an address stays. @param {string} words */
export function sentence(words) {
  const text = words.trim();
  const begin = /^[a-z][\w+.-]*:/.test(text) ? text.slice(0, 1) : text.slice(0, 1).toUpperCase();
  return text && begin + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
}

/**
 * What an account owns: "2 streams and 1 video"; "" without anything.
 * @param {number} streams
 * @param {number} videos
 */
export function ownedWords(streams, videos) {
  const counts = [streams ? countWords(streams, "stream", "streams") : "", videos ? countWords(videos, "video", "videos") : ""];
  return counts.filter(Boolean).join(" and ");
}
