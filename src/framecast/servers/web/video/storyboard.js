// Which small picture of the storyboard stands for a place. Pure.

/**
 * @typedef {object} Storyboard
 * @property {string[]} sheets names of files
 * @property {number} tile_width
 * @property {number} tile_height
 * @property {number} columns
 * @property {number} rows
 * @property {number} every_s
 *
 * @typedef {{sheet: string, x: number, y: number, width: number, height: number}} Tile pixels in the sheet
 */

/**
 * @param {Storyboard | null | undefined} board
 * @param {number} at in seconds
 * @returns {Tile | null}
 */
export function tileAt(board, at) {
  if (!board || !(board.every_s > 0) || !(at >= 0)) return null;
  const place = Math.floor(at / board.every_s);
  const each = board.columns * board.rows;
  const sheet = board.sheets[Math.min(Math.floor(place / each), board.sheets.length - 1)];
  if (!sheet) return null;
  const inside = place % each;
  const { tile_width: width, tile_height: height } = board;
  return { sheet, x: (inside % board.columns) * width, y: Math.floor(inside / board.columns) * height, width, height };
}
