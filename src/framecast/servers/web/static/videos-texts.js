// What pages say of videos: sizes, lengths, views, states, who may see them. Pure.

import { countWords, sentence, trim } from "./words.js";

/**
 * @typedef {object} Storyboard
 * @property {string[]} sheets
 * @property {number} tile_width
 * @property {number} tile_height
 * @property {number} columns
 * @property {number} rows
 * @property {number} every_s
 *
 * @typedef {object} VideoMedia what of a video can be played
 * @property {string} generation
 * @property {string} base the address of its files
 * @property {string} [hls]
 * @property {string} [download]
 * @property {string | null} [poster]
 * @property {Storyboard | null} [storyboard]
 *
 * @typedef {object} Video
 * @property {string} id
 * @property {string} title
 * @property {string} description
 * @property {string[]} tags
 * @property {string} visibility
 * @property {string} state
 * @property {number | null} progress from 0 to 1
 * @property {string | null} reason why it failed
 * @property {{name: string, display_name: string} | null} owner
 * @property {boolean} is_mine
 * @property {boolean} may_edit
 * @property {number} created_at
 * @property {number | null} published_at
 * @property {number | null} duration_s
 * @property {number | null} width
 * @property {number | null} height
 * @property {number | null} size
 * @property {number} views
 * @property {boolean} is_held
 * @property {number | null} deleted_at
 * @property {string} filename
 * @property {VideoMedia | null} media
 */

/** @type {[string, string, string][]} */
export const VISIBILITIES = [
  ["private", "Private", "You and the admins."],
  ["members", "Members", "Everybody with an account here."],
  ["unlisted", "Unlisted", "Everybody who has the link. It is in no list."],
  ["public", "Public", "Everybody, without an account. It is in the list."],
];

/** @type {[string, string][]} */
export const STATES = [
  ["", "All states"],
  ["ready", "Ready"],
  ["uploading", "Uploading"],
  ["checking", "Checking"],
  ["processing", "Processing"],
  ["failed", "Failed"],
];

/** @param {string} visibility */
export function visibilityWord(visibility) {
  return VISIBILITIES.find(([value]) => value === visibility)?.[1] ?? visibility;
}

/** @param {number} bytes */
export function sizeWords(bytes) {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const step = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return step ? `${trim(bytes / 1000 ** step)} ${units[step]}` : countWords(bytes, "byte", "bytes");
}

/** A time that is left: "a few seconds", "40 s", "3 min", "2 h 5 min". @param {number} seconds */
export function leftWords(seconds) {
  if (seconds < 5) return "a few seconds";
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** @param {number} views */
export function viewWords(views) {
  return views === 0 ? "No views" : `${views.toLocaleString("en")} ${views === 1 ? "view" : "views"}`;
}

/** @param {number} part from 0 to 1 */
export function percent(part) {
  return `${Math.min(100, Math.floor(part * 100))} %`;
}

/** @param {Video} video */
export function ownerWords(video) {
  if (!video.owner) return "";
  return video.is_mine ? "You" : video.owner.display_name || video.owner.name;
}

/**
 * What stands over the poster of a video that cannot be played yet, and why; null if it can.
 * @param {Pick<Video, "state" | "progress" | "reason" | "media">} video
 * @returns {{words: string, note: string, part: number | null} | null}
 */
export function waitingOf({ state, progress, reason, media }) {
  const part = state === "processing" || state === "uploading" ? progress : null;
  if (state === "failed") return media ? null : { words: "Failed", note: sentence(reason ?? "") || "Nobody knows why.", part: null };
  if (state === "ready" || media) return null;
  const words = { uploading: "Uploading", checking: "Checking", processing: "Processing" }[state] ?? state;
  return { words: part === null ? words : `${words}, ${percent(part)}`, note: "", part };
}

/**
 * What became of a video that was uploaded here: it is checked, processed, ready, or refused with a sentence.
 * @param {Pick<Video, "state" | "progress" | "reason" | "media">} video
 * @returns {[string, boolean]} words, and whether it failed
 */
export function fateOf(video) {
  const waiting = waitingOf(video);
  if (!waiting) return ["ready to play", false];
  return video.state === "failed" ? [waiting.note, true] : [waiting.words.toLowerCase(), false];
}

/**
 * The marks below the title: what differs from a public video that is ready.
 * @param {Video} video
 * @returns {[string, string][]} words and kind
 */
export function marksOf(video) {
  /** @type {[string, string][]} */
  const marks = [];
  if (video.is_held) marks.push(["Held by an admin", "bad"]);
  if (video.state === "failed" && video.media) marks.push(["Failed", "bad"]);
  if (video.may_edit && video.visibility !== "public") marks.push([visibilityWord(video.visibility), ""]);
  if (video.media && video.progress !== null && video.state !== "failed") marks.push([`Better qualities ${percent(video.progress)}`, ""]);
  return marks;
}

/** Tags as people type them, with commas: without empty ones, each once. @param {string} text */
export function tagsIn(text) {
  return [...new Set(text.split(",").map((tag) => tag.trim().replace(/^#/, "").replace(/\s+/g, " ")).filter(Boolean))];
}
