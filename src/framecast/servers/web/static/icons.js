// Icons: 24 by 24, one stroke, in the colour of the surrounding text.

/** @type {Record<string, string>} */
const PATHS = {
  add: "M12 5v14M5 12h14",
  grow: "M9 4H4v5M15 4h5v5M9 20H4v-5M15 20h5v-5",
  shrink: "M4 9h5V4M20 9h-5V4M4 15h5v5M20 15h-5v5",
  loud: "M4 10v4h3.500l4.500 4V6L7.500 10H4zM16 9a4 4 0 0 1 0 6M18.500 6.500a8 8 0 0 1 0 11",
  quiet: "M4 10v4h3.500l4.500 4V6L7.500 10H4zM16.500 9.500l5 5M21.500 9.500l-5 5",
  more: "M5.500 12h.01M12 12h.01M18.500 12h.01",
  grip: "M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01",
  search: "M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13zM15.500 15.500L20 20",
  before: "M14.500 6l-6 6 6 6",
  after: "M9.500 6l6 6-6 6",
  close: "M6 6l12 12M18 6L6 18",
  camera: "M4 8a2 2 0 0 1 2-2h8a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2zM16 10.500l4.500-2.500v8l-4.500-2.500",
  "no-signal": "M3 3l18 18M10 6h4.500a2 2 0 0 1 2 2v2.500l4.500-3v9M16.500 16.500a2 2 0 0 1-2 1.500H5a2 2 0 0 1-2-2V8a2 2 0 0 1 2-2",
  shot: "M4 9a2 2 0 0 1 2-2h2l1.500-2h5L16 7h2a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2zM12 15.500a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
  record: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM12 14.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z",
  phone: "M8 3h8a1.500 1.500 0 0 1 1.500 1.500v15A1.500 1.500 0 0 1 16 21H8a1.500 1.500 0 0 1-1.500-1.500v-15A1.500 1.500 0 0 1 8 3zM11 18h2",
  again: "M19.500 12a7.500 7.500 0 1 1-2.300-5.400M19.500 3.500V8H15",
  reply: "M9.500 6L4.500 11l5 5M4.500 11H14a5.500 5.500 0 0 1 5.500 5.500V19",
  smile: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM8.500 13.500a4 4 0 0 0 7 0M9.200 9.500h.01M14.800 9.500h.01",
  pin: "M9 4h6l-1 6 3.500 3.500h-11L10 10zM12 13.500V20",
  send: "M4.500 12L4 4.500 21 12 4 19.500zM4.500 12H12",
  people: "M9 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM3.500 19a5.500 5.500 0 0 1 11 0M15.500 5.300a3 3 0 0 1 0 5.500M17 14a5.500 5.500 0 0 1 3.500 5",
  shield: "M12 3.500l7 2.500v5.500c0 4.500-3 7.500-7 9-4-1.500-7-4.500-7-9V6z",
  edit: "M4 20h4L19 9l-4-4L4 16zM13 7l4 4",
  remove: "M5 7h14M9.500 7V4.500h5V7M7 7l1 13h8l1-13M10.500 11v5M13.500 11v5",
  person: "M12 11.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM5 20a7 7 0 0 1 14 0",
  program: "M4 5h16v14H4zM7.500 9.500l3 2.500-3 2.500M12.500 15h4",
  screen: "M3.500 5h17v11h-17zM9 20h6M12 16v4",
  film: "M4 5h16v14H4zM8 5v14M16 5v14M4 9.500h4M4 14.500h4M16 9.500h4M16 14.500h4",
  upload: "M12 16V5M7.500 9.500L12 5l4.500 4.500M4.500 16v3h15v-3",
  play: "M7.500 5l11 7-11 7z",
  pause: "M8 5.500v13M16 5.500v13",
  down: "M6 9.500l6 6 6-6",
  up: "M6 14.500l6-6 6 6",
  talk: "M4.500 5.500h15v10.500h-8l-4 3.500v-3.500h-3zM8.500 9.500h7M8.500 12.500h4.500",
  gear: "M4 7h9M17 7h3M4 17h3M11 17h9M15 9.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM9 19.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z",
  list: "M4 6h11M4 11h11M4 16h7M16 14l5 3-5 3z",
  auto: "M4 5h7v6H4zM13 5h7v6h-7zM4 13h7v6H4z",
};
/** Dots are drawn by round line ends. @type {Record<string, string>} */
const STROKES = { more: "2.600", grip: "2.400" };
const SPACE = "http://www.w3.org/2000/svg";

/**
 * An icon; hidden from screen readers.
 * @param {string} name
 * @returns {SVGElement}
 */
export function icon(name) {
  return drawn(PATHS[name], STROKES[name] ?? "1.700");
}

/**
 * A grid icon with this many cells on each side.
 * @param {number} side
 */
export function gridIcon(side) {
  const step = 16 / side;
  const lines = Array.from({ length: side - 1 }, (_, place) => 4 + step * (place + 1));
  return drawn(`M4 4h16v16H4z${lines.map((at) => `M${at} 4v16M4 ${at}h16`).join("")}`, "1.500");
}

/**
 * @param {string} path
 * @param {string} stroke
 */
function drawn(path, stroke) {
  const svg = document.createElementNS(SPACE, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon");
  const line = document.createElementNS(SPACE, "path");
  const attributes = { d: path, fill: "none", stroke: "currentColor", "stroke-width": stroke, "stroke-linecap": "round", "stroke-linejoin": "round" };
  for (const [name, value] of Object.entries(attributes)) line.setAttribute(name, value);
  svg.append(line);
  return svg;
}
