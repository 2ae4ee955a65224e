// Uploads go on when one leaves a page of this site for another: the files are handed to a service worker, which gives them to the next page.
// Browsers have it on secure pages alone (HTTPS, or this machine); elsewhere the browser warns before the page is left.

import { base } from "./api.js";

const SCRIPT = new URL("static/upload-keeper.js", base);
/** It answers no requests: no page is below this. */
const SCOPE = new URL("static/upload-keeper/", base);
const LEFT_KEY = "framecast.uploads-left";
const LEFT_MS = 60_000;
const ANSWER_MS = 3000;

/** @typedef {{key: string, file: File, url: string, visibility: string, handle?: FileSystemFileHandle, isPaused: boolean}} Kept */

/** @type {ServiceWorkerRegistration | undefined} */
let keeper;

/** Get ready to hand uploads over; called with the first upload of a page. */
export async function prepare() {
  try {
    keeper ??= await navigator.serviceWorker?.register(SCRIPT, { scope: SCOPE.href });
  } catch {
    // Private windows, insecure pages: the browser warns before the page is left.
  }
}

/** Whether the next page of this site can go on. */
export function canHandOver() {
  return Boolean(keeper?.active);
}

/** Hand uploads over to the next page. @param {Kept[]} uploads */
export function handOver(uploads) {
  if (!uploads.length || !keeper?.active) return;
  keeper.active.postMessage({ op: "keep", uploads });
  try {
    localStorage.setItem(LEFT_KEY, String(Date.now()));
  } catch {
    // The page of videos asks anyway.
  }
}

/** Whether a page was left with uploads a moment ago. */
export function wereLeft() {
  try {
    return Date.now() - Number(localStorage.getItem(LEFT_KEY) ?? 0) < LEFT_MS;
  } catch {
    return false;
  }
}

/** Take over what the page before has left. @returns {Promise<Kept[]>} */
export async function takeOver() {
  if (!wereLeft()) return [];
  try {
    const worker = (await navigator.serviceWorker?.getRegistration(SCOPE.href))?.active;
    if (!worker) return [];
    const { port1, port2 } = new MessageChannel();
    const answer = new Promise((resolve) => {
      port1.onmessage = ({ data }) => resolve(data);
      setTimeout(() => resolve([]), ANSWER_MS);
    });
    worker.postMessage({ op: "take" }, [port2]);
    const found = /** @type {Kept[]} */ (await answer);
    localStorage.removeItem(LEFT_KEY);
    return found.filter((one) => one.file instanceof File);
  } catch {
    return [];
  }
}

/** Whether the page is being left for another page of this site, as far as the browser says so before it asks. */
export class Leaving {
  #isInside = false;

  constructor() {
    const navigation = /** @type {any} */ (window).navigation;
    if (navigation) navigation.addEventListener("navigate", (/** @type {any} */ event) => this.#note(event.destination.url));
    else addEventListener("click", (event) => this.#note(event.composedPath().find((one) => one instanceof HTMLAnchorElement)?.href ?? ""), true);
  }

  get isInside() {
    return this.#isInside;
  }

  /** @param {string} url */
  #note(url) {
    this.#isInside = url.startsWith(base.href);
  }
}
