// The facts about a stream, as rows of a name and a value; an empty value is not shown.

import { bitWords, pictureTrack, rateWords, sizeWords, trim } from "./words.js";

/** @typedef {import("./api.js").Stream} Stream */
/** @typedef {import("./rates.js").Figures} Figures */
/** @typedef {import("./rates.js").Rates} Rates */

/**
 * @param {Stream} stream
 * @param {Figures | undefined} figures
 * @param {Rates} rates
 * @returns {[string, string][]}
 */
export function factRows(stream, figures, rates) {
  const video = pictureTrack(stream);
  const measured = video && rates.rate(video.name);
  const audio = stream.tracks.find((track) => track.name === "audio" || track.name === "samples");
  return [
    ["Resolution", sizeWords(stream)],
    ["Frame rate", measured ? `${trim(measured.rate)} fps` : rateWords(stream)],
    ["Bit rate", measured && video?.kind === "packets" ? bitWords(measured.bits) : ""],
    ["Latency", latencyWords(figures, rates)],
    ["Video", video?.codec || (video?.picture?.format ?? "")],
    ["Audio", audio?.codec ?? ""],
    ["Readers", String(stream.readers)],
    ["Viewers", String(figures?.viewers ?? stream.viewers)],
    ["Reconnects", String(stream.reconnects)],
    ["Source", stream.producers[0]?.url ?? ""],
    ...Object.entries(stream.facts).map(([name, value]) => /** @type {[string, string]} */ ([titled(name), value])),
  ];
}

/**
 * From arrival at the source to the web server.
 * @param {Figures | undefined} figures
 * @param {Rates} rates
 */
function latencyWords(figures, rates) {
  for (const track of figures?.tracks ?? []) {
    const reader = track.readers.find((one) => one.label === "web");
    const latency = reader && rates.latency(track.name, reader.id);
    if (latency !== undefined) return `${latency.toFixed(1)} ms to this server`;
  }
  return "";
}

/** @param {string} name */
function titled(name) {
  if (name === "source") return "Kind"; // the address is the source here
  const words = name.replaceAll("_", " ");
  return words[0].toUpperCase() + words.slice(1);
}
