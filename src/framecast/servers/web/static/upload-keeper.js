// A service worker that holds the files of uploads while one page of this site is left for another: a few seconds. It answers no requests and stores nothing.
// The browser ends it half a minute after its last message, and what it holds goes with it.

const KEPT_MS = 20_000;
const MOST = 1000;

/** @type {Map<string, unknown>} by the key of the file */
const kept = new Map();

addEventListener("install", () => void /** @type {any} */ (self).skipWaiting());
addEventListener("message", (given) => {
  const event = /** @type {any} */ (given);
  if (event.data?.op === "keep") {
    for (const one of event.data.uploads.slice(0, MOST)) kept.set(one.key, one);
    event.waitUntil(new Promise((resolve) => setTimeout(resolve, KEPT_MS)));
  } else if (event.data?.op === "take") {
    event.ports[0].postMessage([...kept.values()]);
    kept.clear();
  }
});
