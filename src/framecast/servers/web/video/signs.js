// The icons of the buttons: 24 by 24, in the colour of the text.

/** Shapes that are filled, the others are drawn by a line. */
const FILLED = ["play", "pause", "next", "previous"];
const SIGNS = {
  play: "M7.500 4.500v15l12-7.500z",
  pause: "M6 5h4v14H6zM14 5h4v14h-4z",
  again: "M19.500 12a7.500 7.500 0 1 1-2.300-5.400M19.500 3.500V8H15",
  next: "M5 5v14l10-7zM16.500 5h2.500v14h-2.500z",
  previous: "M19 5v14L9 12zM5 5h2.500v14H5z",
  loud: "M4 9.500v5h3.500L12 18.500v-13L7.500 9.500zM15.500 9a4 4 0 0 1 0 6M18 6.500a8 8 0 0 1 0 11",
  mute: "M4 9.500v5h3.500L12 18.500v-13L7.500 9.500zM16 9.500l5 5M21 9.500l-5 5",
  captions: "M3.500 5.500h17v13h-17zM10.500 10.500a2 2 0 1 0 0 3M17 10.500a2 2 0 1 0 0 3",
  detections: "M4 8.500V4h4.500M15.500 4H20v4.500M20 15.500V20h-4.500M8.500 20H4v-4.500M9 9h6v6H9z",
  settings: "M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM10.500 3.500h3l.5 2.600 1.800 1 2.500-.9 1.500 2.600-2 1.700v2l2 1.700-1.500 2.600-2.500-.9-1.800 1-.5 2.600h-3l-.5-2.600-1.800-1-2.500.9-1.500-2.600 2-1.700v-2l-2-1.700 1.500-2.600 2.500.9 1.800-1z",
  theatre: "M3 6.500h18v11H3z",
  pip: "M3.500 5.500h17v13h-17zM12.500 12h5.500v4h-5.500z",
  full: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  small: "M9 4v5H4M15 4v5h5M9 20v-5H4M15 20v-5h5",
  back: "M14.500 6l-6 6 6 6",
  chosen: "M5 12.500l4.500 4.500L19 7.500",
  wrong: "M12 4L2.500 20h19zM12 10v4.500M12 17.200v.1",
  help: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9.500 9.500a2.500 2.500 0 1 1 3.500 2.300c-.7.3-1 .8-1 1.700M12 16.500v.1",
};

/** @typedef {keyof typeof SIGNS} SignName */

/** @param {SignName} name */
export function sign(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  const attributes = { d: SIGNS[name], fill: FILLED.includes(name) ? "currentColor" : "none", stroke: "currentColor", "stroke-width": FILLED.includes(name) ? "0" : "1.7", "stroke-linecap": "round", "stroke-linejoin": "round" };
  for (const [key, value] of Object.entries(attributes)) path.setAttribute(key, value);
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.append(path);
  return svg;
}
