// A text in pieces: plain, links and mentions, as the server has marked them. Pure. Nothing here becomes markup.

/**
 * @import {Span} from "./wire.js"
 * @typedef {{kind: "text" | "link" | "mention", text: string, target: string}} Piece
 */

/**
 * @param {string} text
 * @param {readonly Span[]} spans places count code points
 * @returns {Piece[]}
 */
export function piecesOf(text, spans) {
  const points = [...text];
  /** @type {Piece[]} */
  const pieces = [];
  let at = 0;
  const add = (/** @type {Piece["kind"]} */ kind, /** @type {number} */ end, target = "") => {
    if (end > at) pieces.push({ kind, text: points.slice(at, end).join(""), target });
    at = Math.max(at, end);
  };
  for (const span of [...spans].sort((one, other) => one.start - other.start)) {
    if (span.start < at || span.end > points.length || span.end <= span.start) continue;
    const isLink = span.kind === "link";
    if (isLink && !webAddress(span.target)) continue;
    if (!isLink && span.kind !== "mention") continue;
    add("text", span.start);
    add(isLink ? "link" : "mention", span.end, isLink ? webAddress(span.target) : span.target);
  }
  add("text", points.length);
  return pieces;
}

/** The address of a link, "" unless it is http or https: whatever a server says, nothing else is opened. @param {string} target */
export function webAddress(target) {
  try {
    const url = new URL(target);
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : "";
  } catch {
    return "";
  }
}
