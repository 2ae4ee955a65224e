// What a detector has found in a picture: boxes from a record of a data track. Pure. The form is in docs/reference/detections.md.

/** @typedef {{x: number, y: number, width: number, height: number, label: string}} Box from 0 to 1, of the picture */

const MOST_BOXES = 500;
const LONGEST_LABEL = 60;
/** Bright enough on dark pictures, and different also for people who see few colours. */
const COLOURS = ["#ffd24a", "#4ac8ff", "#ff7ac2", "#7be36b", "#ff9a4a", "#b69cff", "#5ff0d0", "#ff6b6b"];

/**
 * @param {unknown} value of a record
 * @param {{width: number, height: number}} picture in which boxes count if the record does not say: pixels
 * @returns {Box[]}
 */
export function boxesOf(value, picture) {
  const found = /** @type {Record<string, unknown>} */ (typeof value === "object" && value !== null ? value : {});
  if (!Array.isArray(found.boxes)) return [];
  const width = positive(found.width) ?? picture.width;
  const height = positive(found.height) ?? picture.height;
  if (!(width > 0 && height > 0)) return [];
  const made = found.boxes.slice(0, MOST_BOXES).map((box, place) => boxOf(box, width, height, labelOf(found, place)));
  return made.filter((box) => box !== null);
}

/** @param {unknown} box @param {number} width @param {number} height @param {string} label @returns {Box | null} */
function boxOf(box, width, height, label) {
  if (!Array.isArray(box) || box.length !== 4 || !box.every((side) => Number.isFinite(side))) return null;
  const [left, top] = [clip(box[0] / width), clip(box[1] / height)];
  const [right, bottom] = [clip((box[0] + box[2]) / width), clip((box[1] + box[3]) / height)];
  return right > left && bottom > top ? { x: left, y: top, width: right - left, height: bottom - top, label } : null;
}

/** @param {Record<string, unknown>} found @param {number} place */
function labelOf(found, place) {
  const label = Array.isArray(found.labels) ? found.labels[place] : undefined;
  const sure = Array.isArray(found.confidences) ? found.confidences[place] : undefined;
  const words = typeof label === "string" || typeof label === "number" ? String(label).slice(0, LONGEST_LABEL) : "";
  return Number.isFinite(sure) ? `${words} ${Math.round(100 * sure)} %`.trim() : words;
}

/** The same words have the same colour, whatever the score. @param {string} label */
export function colourOf(label) {
  const words = label.replace(/ ?-?\d{1,15} %$/, "");
  let sum = 0;
  for (const letter of words) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 65521;
  return COLOURS[sum % COLOURS.length];
}

/** @param {unknown} value */
function positive(value) {
  return typeof value === "number" && value > 0 && value < 1e6 ? value : null;
}

/** @param {number} value */
function clip(value) {
  return Math.min(1, Math.max(0, value));
}
