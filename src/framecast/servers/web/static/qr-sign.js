// A QR code as a picture in the page.

import { qrCode } from "./qr.js";

const QUIET = 4;
const SPACE = "http://www.w3.org/2000/svg";

/**
 * @param {string} text what a camera reads
 * @param {string} title
 * @returns {SVGElement}
 */
export function qrSign(text, title) {
  const rows = qrCode(text);
  const side = rows.length + 2 * QUIET;
  const svg = document.createElementNS(SPACE, "svg");
  const dark = document.createElementNS(SPACE, "path");
  const path = rows.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x + QUIET} ${y + QUIET}h1v1h-1z` : ""))).join("");
  for (const [name, value] of Object.entries({ viewBox: `0 0 ${side} ${side}`, role: "img", "aria-label": `QR code: ${title}`, class: "qr", "shape-rendering": "crispEdges" })) svg.setAttribute(name, value);
  dark.setAttribute("d", path);
  svg.append(dark);
  return svg;
}
