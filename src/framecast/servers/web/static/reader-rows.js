// The readers of a stream as rows of a table. On a narrow screen each row is a card: its cells then show the names of their columns.

import { el } from "./dom.js";

/** @typedef {import("./delays.js").Figures} Figures */
/** @typedef {import("./delays.js").Delays} Delays */

/** "Delay" is from the arrival at the source to the reader: a part of the latency. */
export const COLUMNS = ["Reader", "Track", "Policy", "Received", "Dropped", "Delay on this node"];

/**
 * @param {Figures | undefined} figures
 * @param {Delays} delays
 * @returns {HTMLElement[]}
 */
export function readerRows(figures, delays) {
  const rows = (figures?.tracks ?? []).flatMap((track) =>
    track.readers.map((reader) => {
      const delay = delays.of(track.name, reader.id);
      const cells = [reader.label || "program", track.name, reader.policy, String(reader.sent), String(reader.dropped), delay === undefined ? "–" : `${delay.toFixed(1)} ms`];
      return el("tr", {}, ...cells.map((cell, place) => el("td", { "data-column": COLUMNS[place] }, cell)));
    }),
  );
  return rows.length ? rows : [el("tr", {}, el("td", { colspan: String(COLUMNS.length), class: "muted" }, "No readers."))];
}
