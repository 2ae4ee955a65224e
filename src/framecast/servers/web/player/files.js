// Snapshots and recordings as files.

import { make } from "./dom.js";

/**
 * @import {Recorder} from "./recorder.js"
 * @import {Screen} from "./screen.js"
 */

const REVOKE_MS = 60000;

/**
 * The picture on the screen, in full size.
 * @param {Screen | null} screen null if it shows no picture
 * @param {string} type
 * @param {number} quality
 * @returns {Promise<Blob>}
 */
export async function snapshotOf(screen, type, quality) {
  if (screen?.picture && screen.picture.type === type) return screen.picture;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [screen?.width ?? 0, screen?.height ?? 0];
  if (!screen || !canvas.width) throw new Error("There is no picture to save.");
  /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")).drawImage(screen.element, 0, 0);
  const blob = await new Promise((/** @type {BlobCallback} */ resolve) => canvas.toBlob(resolve, type, quality));
  if (!blob) throw new Error(`The browser cannot encode ${type}.`);
  return blob;
}

/**
 * Record to a file that the user picks, or to a download if the browser has no file picker.
 * @param {string} name
 * @param {(writable?: WritableStream<Uint8Array>) => Recorder} start
 * @returns {Promise<string>} the result, in words
 */
export async function recordTo(name, start) {
  const pick = /** @type {any} */ (globalThis).showSaveFilePicker;
  const handle = pick && (await pick({ suggestedName: name, types: [{ description: "Video", accept: { "video/mp4": [".mp4"] } }] }));
  const recorder = start(handle && (await handle.createWritable()));
  const blob = await recorder.done;
  if (blob?.size) download(blob, name);
  return recorder.words || (recorder.bytes ? "Recording saved" : "Nothing was recorded");
}

/** The name of a file made now, without its ending. @param {string} src */
export function fileName(src) {
  const time = new Date(Date.now() - 60000 * new Date().getTimezoneOffset()).toISOString();
  return `${src}-${time.slice(0, 19).replaceAll(":", "-")}`;
}

/** @param {Blob} blob @param {string} name */
export function download(blob, name) {
  const url = URL.createObjectURL(blob);
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), REVOKE_MS);
}
