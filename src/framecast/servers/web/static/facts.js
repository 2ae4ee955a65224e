// What a stream is, as rows of a name and a value; an empty value is not shown. Figures of the picture stand in the strip below it
// and nowhere else; what only an operator needs is among the technical rows.

import { pictureTrack, rateWords, sinceWords, sizeWords, stateWord } from "./words.js";

/** @typedef {import("./api.js").Stream} Stream */
/** @typedef {[string, string]} Row */

/**
 * @param {Stream} stream
 * @param {string} state as this page sees it
 * @returns {Row[]}
 */
export function factRows(stream, state) {
  const since = stream.state === state ? ` for ${sinceWords(stream.since)}` : "";
  return [
    ["State", stateWord(state) + since + (stream.note ? ` (${stream.note})` : "")],
    ["Name", stream.display_name ? stream.name : ""],
    ["Groups", (stream.groups ?? []).join(", ")],
    ["Source", stream.producers[0]?.url ?? ""],
  ];
}

/**
 * @param {Stream} stream
 * @param {string} lastError with its time
 * @returns {Row[]}
 */
export function technicalRows(stream, lastError) {
  return [
    ["Source declares", declared(stream)],
    ["Reconnects", String(stream.reconnects)],
    ["Last error", lastError],
    ...Object.entries(stream.facts).map(([name, value]) => /** @type {Row} */ ([titled(name), value])),
  ];
}

/** Codecs, size and rate as the source names them; what is played may be another format. @param {Stream} stream */
function declared(stream) {
  const video = pictureTrack(stream);
  const audio = stream.tracks.find((track) => track.name === "audio" || track.name === "samples");
  return [video?.codec || (video?.picture?.format ?? ""), sizeWords(stream), rateWords(stream), audio?.codec ?? ""].filter(Boolean).join(", ");
}

/** @param {string} name */
function titled(name) {
  if (name === "source") return "Kind of source"; // the address is the source here
  const words = name.replaceAll("_", " ");
  return words[0].toUpperCase() + words.slice(1);
}
