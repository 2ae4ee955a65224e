// How many columns and rows of tiles fit a window, and how wide a tile is. Pure: numbers in, numbers out, in CSS pixels.

/**
 * @typedef {object} Space
 * @property {number} width
 * @property {number} height
 * @property {number} gap between tiles
 * @property {number} foot height of a tile below its picture
 *
 * @typedef {object} Fit
 * @property {number} columns
 * @property {number} rows
 * @property {number} width of a tile
 */

/** As many streams fit the window without scrolling; more have tiles of the same size. */
const MOST = 16;
/** A tile shows less than its name below this width. */
const LEAST_WIDTH = 150;
const SHAPE = 16 / 9;
/** Of a tile, above and below. */
const BORDER = 2;
/** Names go over the pictures where those become larger by this factor. */
const WORTH = 1.12;

/**
 * The grid, and whether names are over the pictures: always on a full screen, else where that makes them much larger.
 * @param {number} count
 * @param {Space} space
 * @param {{side?: number, isScreen: boolean}} wall
 */
export function arrangement(count, space, { side, isScreen }) {
  const below = fit(count, space, side);
  const over = fit(count, { ...space, foot: isScreen ? 0 : BORDER }, side);
  const isOverlaid = isScreen || (over.rows > 1 && over.width > below.width * WORTH);
  return { ...(isOverlaid ? over : below), isOverlaid };
}

/**
 * The grid in which the pictures of this many tiles are largest.
 * @param {number} count
 * @param {Space} space
 * @param {number} [side] columns and rows at most
 * @returns {Fit}
 */
function fit(count, space, side = MOST) {
  const fitted = Math.max(1, Math.min(count, MOST, side * side));
  let best = { columns: 1, rows: fitted, width: 0 };
  for (let columns = 1; columns <= Math.min(fitted, side); columns += 1) {
    const rows = Math.ceil(fitted / columns);
    if (rows > side) continue;
    const width = widthIn(columns, rows, space);
    // The same size in fewer rows leaves fewer empty places.
    if (width > best.width + 0.5) best = { columns, rows, width };
  }
  return best.width >= LEAST_WIDTH || side < MOST ? best : scrolled(space);
}

/**
 * The width of the largest tile whose picture keeps its shape.
 * @param {number} columns
 * @param {number} rows
 * @param {Space} space
 */
function widthIn(columns, rows, { width, height, gap, foot }) {
  const across = (width - gap * (columns - 1)) / columns;
  const down = ((height - gap * (rows - 1)) / rows - foot) * SHAPE;
  return Math.max(0, Math.floor(Math.min(across, down)));
}

/** A window that is too small for all: tiles of a readable width, in a page that scrolls. @param {Space} space @returns {Fit} */
function scrolled({ width, gap }) {
  const columns = Math.max(1, Math.floor((width + gap) / (2 * LEAST_WIDTH + gap)));
  return { columns, rows: 0, width: Math.floor((width - gap * (columns - 1)) / columns) };
}
