// The readers of a stream as rows of a table.

import { el } from "./dom.js";

/** @typedef {import("./rates.js").Figures} Figures */
/** @typedef {import("./rates.js").Rates} Rates */

/**
 * @param {Figures | undefined} figures
 * @param {Rates} rates
 * @returns {HTMLElement[]}
 */
export function readerRows(figures, rates) {
  const rows = (figures?.tracks ?? []).flatMap((track) =>
    track.readers.map((reader) => {
      const latency = rates.latency(track.name, reader.id);
      const cells = [reader.label || "program", track.name, reader.policy, String(reader.sent), String(reader.dropped), latency === undefined ? "–" : `${latency.toFixed(1)} ms`];
      return el("tr", {}, ...cells.map((cell) => el("td", {}, cell)));
    }),
  );
  return rows.length ? rows : [el("tr", {}, el("td", { colspan: "6", class: "muted" }, "No readers."))];
}
