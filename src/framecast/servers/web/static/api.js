// Requests to the server: addresses, JSON, polling.

/** The server's base address, including the prefix of a proxy: this file is BASE/static/api.js. */
export const base = new URL("../", import.meta.url);

/**
 * @typedef {object} Track
 * @property {string} name
 * @property {string} kind
 * @property {string} codec
 * @property {number} width
 * @property {number} height
 * @property {string | null} rate
 * @property {{format: string, width: number, height: number}} [picture] of decoded frames
 *
 * @typedef {object} Stream
 * @property {string} name
 * @property {string} display_name what people call it, "" if that is its name
 * @property {string[]} groups
 * @property {{url: string}[]} producers
 * @property {string} state
 * @property {string} reason
 * @property {string} message
 * @property {string} note of a live stream: how rarely pictures come, or how long none has come
 * @property {number} since
 * @property {number} reconnects
 * @property {number} readers
 * @property {number} viewers
 * @property {string} configured
 * @property {Record<string, boolean | number | string | string[]>} options
 * @property {Record<string, string>} facts
 * @property {Track[]} tracks
 */

/** A server that does not answer within this time is away. */
export const ANSWER_MS = 5000;

/**
 * An address of the API.
 * @param {string} path
 * @param {Record<string, string | number>} [query] zeros and empty values are left out
 * @returns {string}
 */
export function address(path, query = {}) {
  const url = new URL(path, base);
  for (const [name, value] of Object.entries(query)) {
    if (value !== "" && value !== 0) url.searchParams.set(name, String(value));
  }
  return url.href;
}

/** An error response of the server; the message is for people. */
export class ServerError extends Error {
  /**
   * @param {number} status 0 if there was no answer
   * @param {string} message
   * @param {string} [reason] the code of a source's failure, such as `bad-auth`
   */
  constructor(status, message, reason = "") {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

/**
 * Send a request.
 * @param {string} url
 * @param {RequestInit} [options]
 * @returns {Promise<Response>}
 */
export async function ask(url, options = {}) {
  let response;
  try {
    response = await fetch(url, { cache: "no-store", ...options });
  } catch (error) {
    if (options.signal?.aborted && options.signal.reason?.name !== "TimeoutError") throw error;
    throw new ServerError(0, "The server does not answer.");
  }
  // Pages that are open to everybody (data-open) show what anybody may see.
  if (response.status === 401 && document.documentElement.dataset.open === undefined) {
    location.assign(address("login", { next: ownAddress() }));
  }
  if (!response.ok) throw await errorOf(response);
  return response;
}

/** The address of this page from the top, with its query but without a secret: where a login leads back to. */
function ownAddress() {
  const here = new URL(location.href);
  here.hash = "";
  here.searchParams.delete("token");
  return here.href.startsWith(base.href) ? here.href.slice(base.href.length) : "";
}

/** @param {Response} response */
async function errorOf(response) {
  try {
    const { message, reason } = await response.json();
    return new ServerError(response.status, String(message), String(reason ?? ""));
  } catch {
    return new ServerError(response.status, `The server answered ${response.status}.`);
  }
}

/**
 * Repeat a request while the page is visible.
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} question ends when the signal aborts
 * @param {number} everyMs
 * @param {(answer: T) => void} onAnswer
 * @param {(error: ServerError) => void} onError
 * @returns {() => void} stops it
 */
export function poll(question, everyMs, onAnswer, onError) {
  let timer = 0;
  let stopped = false;
  let asking = false;
  const turn = async () => {
    clearTimeout(timer);
    if (stopped || asking || document.hidden) return;
    asking = true;
    try {
      const answer = await question(AbortSignal.timeout(ANSWER_MS));
      if (!stopped) onAnswer(answer);
    } catch (error) {
      if (!stopped) onError(error instanceof ServerError ? error : new ServerError(0, String(error)));
    } finally {
      asking = false;
      if (!stopped) timer = setTimeout(turn, everyMs);
    }
  };
  document.addEventListener("visibilitychange", turn);
  void turn();
  return () => {
    stopped = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", turn);
  };
}
