// What this browser remembers of uploads that are not finished: their addresses, by the fingerprints of their files. It survives a reload and a crash.
// Where the browser can keep a handle of a file (File System Access API), it keeps that, too, so that the file need not be chosen again.

const KEY = "framecast.uploads";
const MOST = 100;
const KEPT_MS = 30 * 86400 * 1000;
const DATABASE = "framecast-uploads";
const STORE = "handles";

/** @typedef {{url: string, name: string, size: number, at: number}} Remembered */

/** @returns {Record<string, Remembered>} */
function readAll() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    const fresh = Object.entries(found).filter(([, one]) => typeof one?.url === "string" && Date.now() - one.at < KEPT_MS);
    return Object.fromEntries(fresh.slice(-MOST));
  } catch {
    return {}; // a browser that keeps nothing
  }
}

/** @param {Record<string, Remembered>} all */
function writeAll(all) {
  try {
    localStorage.setItem(KEY, JSON.stringify(all));
  } catch {
    // The upload goes on; only a reload loses it.
  }
}

/** The address of an unfinished upload of this file. @param {string} fingerprint */
export function recall(fingerprint) {
  return readAll()[fingerprint]?.url ?? "";
}

/**
 * @param {string} fingerprint
 * @param {{url: string, name: string, size: number}} upload
 */
export function remember(fingerprint, upload) {
  const { [fingerprint]: _, ...rest } = readAll();
  writeAll({ ...rest, [fingerprint]: { ...upload, at: Date.now() } });
}

/** @param {string} fingerprint */
export function forget(fingerprint) {
  const { [fingerprint]: gone, ...rest } = readAll();
  writeAll(rest);
  if (gone) void forgetHandle(gone.url);
}

/** Forget the upload with this address. @param {string} url */
export function forgetUrl(url) {
  for (const [fingerprint, one] of Object.entries(readAll())) if (one.url === url) forget(fingerprint);
}

/** @returns {Promise<IDBDatabase>} */
function database() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}

/**
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} act
 * @returns {Promise<T | undefined>} undefined in a browser that keeps nothing
 */
async function inStore(mode, act) {
  try {
    const opened = await database();
    try {
      return await new Promise((resolve, reject) => {
        const asked = act(opened.transaction(STORE, mode).objectStore(STORE));
        asked.onsuccess = () => resolve(asked.result);
        asked.onerror = () => reject(asked.error);
      });
    } finally {
      opened.close();
    }
  } catch {
    return undefined;
  }
}

/**
 * Keep the handle of a file, for the upload with this address.
 * @param {string} url
 * @param {FileSystemFileHandle} handle
 */
export async function keepHandle(url, handle) {
  await inStore("readwrite", (store) => store.put(handle, url));
}

/** @param {string} url @returns {Promise<FileSystemFileHandle | undefined>} */
export async function handleOf(url) {
  return inStore("readonly", (store) => store.get(url));
}

/** @param {string} url */
async function forgetHandle(url) {
  await inStore("readwrite", (store) => store.delete(url));
}

/**
 * The addresses of uploads that run in other tabs of this browser. Tabs of insecure pages do not know each other.
 * @returns {Promise<Set<string>>}
 */
export async function runningElsewhere() {
  const held = (await navigator.locks?.query())?.held ?? [];
  return new Set(held.map((lock) => lock.name ?? "").filter((name) => name.startsWith(`${KEY} `)).map((name) => name.slice(KEY.length + 1)));
}

/**
 * Say to other tabs that an upload runs here, until the promise settles.
 * @param {string} url
 * @param {Promise<unknown>} until
 */
export function markRunning(url, until) {
  void navigator.locks?.request(`${KEY} ${url}`, { mode: "shared" }, () => until.catch(() => {}));
}
