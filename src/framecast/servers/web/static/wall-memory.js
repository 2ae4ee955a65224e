// What a wall remembers in this browser: order, layout, page, the stream that is shown large. `?wall=NAME` has a memory of its own.
// Nothing is remembered if the browser stores nothing (private mode, full, disabled).

import { base } from "./api.js";

/**
 * @typedef {object} Memory
 * @property {string[]} order names in the order that the user has chosen; empty: none was chosen
 * @property {number} layout cells on each side, 0 is automatic
 * @property {number} page from 0
 * @property {string} large the stream that fills the wall, '' for none
 */

export const LAYOUTS = [0, 1, 2, 3, 4];
// Bounds the memory: names of removed streams stay in it.
const MOST_NAMES = 1000;
const KEY = `framecast wall ${base.pathname}${new URLSearchParams(location.search).get("wall") ?? ""}`;

/** @returns {Memory} */
export function recall() {
  const found = read();
  const { order, layout, page, large } = typeof found === "object" && found !== null ? /** @type {any} */ (found) : {};
  return {
    order: Array.isArray(order) ? [...new Set(order.filter((name) => typeof name === "string"))] : [],
    layout: LAYOUTS.includes(layout) ? layout : 0,
    page: Number.isInteger(page) && page >= 0 ? page : 0,
    large: typeof large === "string" ? large : "",
  };
}

/** @param {Memory} memory */
export function remember(memory) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...memory, order: memory.order.slice(0, MOST_NAMES) }));
  } catch {
    // Then it is not remembered.
  }
}

/** @returns {unknown} */
function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "null");
  } catch {
    return null;
  }
}
