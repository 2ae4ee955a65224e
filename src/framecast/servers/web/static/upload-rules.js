// The rules of an upload, without a browser: how much one request sends, what follows an error, names and fingerprints of files. Pure.

export const MIB = 2 ** 20;
const SMALL_BYTES = 8 * MIB;
const LARGE_BYTES = 16 * MIB;
/** A request of the large size must not take longer than this at the speed of now. */
const REQUEST_S = 4;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;
/** So much of a file's beginning is in its fingerprint. */
export const HEAD_BYTES = 256 * 1024;

/** How many bytes the next request sends. @param {number} bytesPerSecond 0 while it is not known */
export function requestBytes(bytesPerSecond) {
  return bytesPerSecond * REQUEST_S >= LARGE_BYTES ? LARGE_BYTES : SMALL_BYTES;
}

/**
 * How long to wait before the next attempt: 1, 2, 4 ... 30 seconds, each up to a quarter shorter by chance.
 * @param {number} attempt from 0
 * @param {number} [afterS] what the server asked for, in seconds
 * @param {() => number} [random]
 */
export function waitMs(attempt, afterS = 0, random = Math.random) {
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt, 10));
  return Math.max(afterS * 1000, wait * (1 - random() / 4));
}

/**
 * What follows an answer that is no success: "again" (after a wait), "offset" (ask for the offset, then go on), "new" (the server does not have the
 * upload any more: begin again), "stop" (a person must do something).
 * @param {number} status 0 if there was no answer
 * @returns {"again" | "offset" | "new" | "stop"}
 */
export function verdictOf(status) {
  if (status === 409 || status === 460) return "offset";
  if (status === 404 || status === 410) return "new";
  if (status === 507) return "stop";
  return status === 0 || status >= 500 || [408, 423, 425, 429].includes(status) ? "again" : "stop";
}

/**
 * The value of the header Upload-Metadata.
 * @param {Record<string, string>} values empty ones are left out
 */
export function metadataOf(values) {
  return Object.entries(values)
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `${name} ${base64(new TextEncoder().encode(value))}`)
    .join(",");
}

/** @param {Uint8Array} bytes */
function base64(bytes) {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** The title of a file: its name without the ending. @param {string} filename */
export function titleOf(filename) {
  const name = filename.replace(/\.[^.\s]{1,5}$/, "").trim();
  return name || filename;
}

/** The ending of a name in small letters, without the dot. @param {string} filename */
export function extensionOf(filename) {
  return /\.([^.\s/]{1,8})$/.exec(filename)?.[1].toLowerCase() ?? "";
}

/**
 * What is wrong with a file, "" if nothing is. The server decides again.
 * @param {{name: string, size: number}} file
 * @param {{max_upload: number | null, extensions: string[]}} limits
 * @param {(bytes: number) => string} words
 */
export function wrongFile(file, { max_upload, extensions }, words) {
  if (file.size === 0) return "The file is empty.";
  if (max_upload && file.size > max_upload) return `The file is too large: it has ${words(file.size)}, at most ${words(max_upload)} are allowed.`;
  const ending = extensionOf(file.name);
  const known = extensions.map((one) => one.replace(/^\./, ""));
  if (known.length && !known.includes(ending)) return `${ending ? `“.${ending}” is not a kind of video file that can be uploaded` : "The name of the file has no ending"}. These can: ${known.join(", ")}.`;
  return "";
}

/**
 * What a file is known by when a person chooses it again: name, size, time of change, and a hash of its first bytes. It only finds the upload to go on
 * with; no security depends on it, so it also works where a page has no `crypto.subtle`.
 * @param {{name: string, size: number, lastModified: number}} file
 * @param {Uint8Array} head its first bytes
 */
export function fingerprintOf(file, head) {
  return `${hash(head)}-${file.size}-${file.lastModified}-${file.name}`;
}

/** 53 bits of the bytes. @param {Uint8Array} bytes */
function hash(bytes) {
  let [low, high] = [0x9e3779b9, 0x85ebca6b];
  for (const byte of bytes) {
    low = Math.imul(low ^ byte, 0x01000193);
    high = Math.imul(high + byte, 0x5bd1e995) ^ (high >>> 15);
  }
  return ((high >>> 0) * 2 ** 21 + ((low >>> 0) >>> 11)).toString(36);
}
