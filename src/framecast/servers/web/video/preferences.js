// What a viewer has chosen for all videos, kept by this browser.

/** @param {string} key @returns {string} "" for nothing */
export function preferred(key) {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

/** @param {string} key @param {string} value */
export function prefer(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // The page may not keep anything.
  }
}
