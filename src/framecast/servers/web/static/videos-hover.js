// The preview over the poster: the pointer's place from left to right is a moment of the video; its picture comes from the storyboard.

import { el } from "./dom.js";

/** @typedef {import("./videos-texts.js").Video} Video */
/** @typedef {import("./videos-texts.js").Storyboard} Storyboard */

/**
 * Which picture belongs to a place, and where it is. Pure.
 * @param {Storyboard} board
 * @param {number} duration_s
 * @param {number} place from 0 to 1
 * @returns {{sheet: number, column: number, row: number}}
 */
export function tileAt({ sheets, columns, rows, every_s }, duration_s, place) {
  const onSheet = columns * rows;
  const count = Math.max(1, Math.min(sheets.length * onSheet, Math.ceil(duration_s / every_s)));
  const tile = Math.min(count - 1, Math.max(0, Math.floor(place * count)));
  const within = tile % onSheet;
  return { sheet: Math.floor(tile / onSheet), column: within % columns, row: Math.floor(within / columns) };
}

/**
 * Let the poster of a video show what is in it.
 * @param {HTMLElement} poster
 * @param {() => Video} now the video as it is now
 */
export function previewOn(poster, now) {
  const shown = el("span", { class: "video-story", hidden: true });
  const line = el("span", { class: "video-place", hidden: true });
  poster.append(shown, line);
  /** @type {Map<string, HTMLImageElement>} */
  const loaded = new Map();
  const hide = () => (shown.hidden = line.hidden = true);
  poster.addEventListener("pointerleave", hide);
  poster.addEventListener("pointermove", (event) => {
    const { media, duration_s } = now();
    const board = media?.storyboard;
    if (event.pointerType !== "mouse" || !media || !board?.sheets.length || !duration_s) return hide();
    const { left, width } = poster.getBoundingClientRect();
    const place = Math.min(1, Math.max(0, (event.clientX - left) / width));
    const { sheet, column, row } = tileAt(board, duration_s, place);
    const url = media.base + board.sheets[sheet];
    const picture = loaded.get(url) ?? load(url);
    loaded.set(url, picture);
    line.hidden = false;
    line.style.width = `${place * 100}%`;
    if (!picture.naturalWidth) return; // it comes with one of the next moves
    const rows = Math.max(1, Math.round(picture.naturalHeight / board.tile_height)); // the last sheet may be shorter
    shown.hidden = false;
    shown.style.aspectRatio = `${board.tile_width} / ${board.tile_height}`;
    shown.style.backgroundImage = `url("${url}")`;
    shown.style.backgroundSize = `${board.columns * 100}% ${rows * 100}%`;
    shown.style.backgroundPosition = `${across(column, board.columns)}% ${across(row, rows)}%`;
  });
}

/** @param {string} url */
function load(url) {
  const picture = new Image();
  picture.src = url;
  return picture;
}

/**
 * The background-position of one of `count` pictures, in percent.
 * @param {number} place
 * @param {number} count
 */
function across(place, count) {
  return count > 1 ? (place / (count - 1)) * 100 : 0;
}
