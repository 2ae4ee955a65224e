// The requests of an upload: tus 1.0 (core, creation, termination) at /api/uploads. Each one fails with an UploadError.

import { address, base } from "./api.js";
import { metadataOf } from "./upload-rules.js";

const VERSION = "1.0.0";
const VIDEO_HEADER = "Framecast-Video";
/** A request that sends nothing for this time is broken. */
const SILENCE_MS = 60_000;

/** An answer that is no success; the message is for people. */
export class UploadError extends Error {
  /**
   * @param {number} status 0 if there was no answer
   * @param {string} message
   * @param {number} [afterS] what the server asks to wait
   */
  constructor(status, message, afterS = 0) {
    super(message);
    this.status = status;
    this.afterS = afterS;
  }
}

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {(name: string) => string | null} header
 * @property {string} text
 *
 * @typedef {{offset: number, video: string}} Stored how much the server has; the id of the video, "" if it did not say it
 *
 * @typedef {object} Unfinished an upload that the server has a part of
 * @property {string} id
 * @property {string} filename
 * @property {number} size
 * @property {number} offset
 * @property {string} [video]
 * @property {number | null} [expires_at]
 */

/**
 * Begin an upload.
 * @param {number} size
 * @param {Record<string, string>} metadata filename, title, visibility
 * @param {AbortSignal} signal
 * @returns {Promise<{url: string, video: string}>} its address, and the id of its video
 */
export async function create(size, metadata, signal) {
  const answer = await request("POST", address("api/uploads"), { signal, headers: { "Upload-Length": String(size), "Upload-Metadata": metadataOf(metadata) } });
  const place = answer.header("Location");
  if (!place) throw new UploadError(502, "The server gave no address for the upload. Is a proxy in front of it that drops the header Location?");
  return { url: own(new URL(place, address("api/uploads/")).href), video: answer.header(VIDEO_HEADER) ?? "" };
}

/**
 * How much of an upload is stored.
 * @param {string} url
 * @param {AbortSignal} signal
 */
export async function offsetOf(url, signal) {
  return storedIn(await request("HEAD", own(url), { signal }));
}

/**
 * Send bytes from an offset on.
 * @param {string} url
 * @param {number} offset
 * @param {Blob} bytes
 * @param {(sent: number) => void} onProgress
 * @param {AbortSignal} signal
 * @returns {Promise<Stored>} with the new offset
 */
export async function send(url, offset, bytes, onProgress, signal) {
  const headers = { "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" };
  return storedIn(await request("PATCH", own(url), { signal, headers, body: bytes, onProgress }));
}

/** Give an upload up; one that the server does not have is given up already. @param {string} url */
export async function drop(url) {
  try {
    await request("DELETE", own(url), { signal: new AbortController().signal });
  } catch (error) {
    if (!(error instanceof UploadError) || ![404, 410].includes(error.status)) throw error;
  }
}

/** The id in the address of an upload. @param {string} url */
export function idOf(url) {
  return decodeURIComponent(new URL(url, base).pathname.split("/").at(-1) ?? "");
}

/** Uploads go to this server only, whatever was remembered. @param {string} url */
function own(url) {
  const found = new URL(url, base);
  found.protocol = base.protocol; // behind a proxy the server may not know that the page is secure
  if (found.host !== base.host) throw new UploadError(400, "The upload belongs to another server.");
  return found.href;
}

/** @param {Answer} answer @returns {Stored} */
function storedIn(answer) {
  const offset = Number(answer.header("Upload-Offset") ?? NaN);
  if (!Number.isInteger(offset)) throw new UploadError(502, "The server did not say how much it has of the file. Is a proxy in front of it that drops the header Upload-Offset?");
  return { offset, video: answer.header(VIDEO_HEADER) ?? "" };
}

/**
 * One request. XMLHttpRequest, because `fetch` does not say how much of a body is sent.
 * @param {string} method
 * @param {string} url
 * @param {{signal: AbortSignal, headers?: Record<string, string>, body?: Blob, onProgress?: (sent: number) => void}} options
 * @returns {Promise<Answer>}
 */
function request(method, url, { signal, headers = {}, body, onProgress }) {
  return new Promise((resolve, reject) => {
    const sending = new XMLHttpRequest();
    let timer = 0;
    const abort = () => sending.abort();
    const wake = () => {
      clearTimeout(timer);
      timer = setTimeout(abort, SILENCE_MS);
    };
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    };
    sending.open(method, url);
    for (const [name, value] of Object.entries({ "Tus-Resumable": VERSION, ...headers })) sending.setRequestHeader(name, value);
    if (onProgress) sending.upload.onprogress = (event) => (wake(), onProgress(event.loaded));
    sending.onload = () => (done(), settle(sending, resolve, reject));
    sending.onerror = () => (done(), reject(new UploadError(0, "The server does not answer.")));
    sending.onabort = () => (done(), reject(signal.aborted ? signal.reason : new UploadError(0, "The server does not answer.")));
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", abort);
    wake();
    sending.send(body ?? null);
  });
}

/**
 * @param {XMLHttpRequest} sent
 * @param {(answer: Answer) => void} resolve
 * @param {(error: UploadError) => void} reject
 */
function settle(sent, resolve, reject) {
  if (sent.status >= 200 && sent.status < 300) {
    resolve({ status: sent.status, header: (name) => sent.getResponseHeader(name), text: sent.responseText });
    return;
  }
  let words = `The server answered ${sent.status}.`;
  try {
    words = String(JSON.parse(sent.responseText).message ?? words);
  } catch {
    // Not of this server: a proxy.
  }
  reject(new UploadError(sent.status, words, Number(sent.getResponseHeader("Retry-After") ?? 0) || 0));
}
