// JSON requests of the pages for people: a method, a path, a query, a body.

import { address, ask, ServerError } from "./api.js";
import { sentence } from "./words.js";

/**
 * @param {string} path
 * @param {Record<string, string | number>} [query]
 * @returns {Promise<any>}
 */
export async function get(path, query = {}) {
  return (await ask(address(path, query))).json();
}

/**
 * Change something.
 * @param {"POST" | "PUT" | "PATCH" | "DELETE"} method
 * @param {string} path
 * @param {Record<string, string | number>} [query]
 * @param {unknown} [body]
 * @returns {Promise<any>} null for an answer without a body
 */
export async function send(method, path, query = {}, body = undefined) {
  const options = body === undefined ? { method } : { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const answer = await ask(address(path, query), options);
  return answer.status === 204 ? null : answer.json();
}

/**
 * What to show of an error.
 * @param {unknown} error
 */
export function wordsOf(error) {
  if (error instanceof ServerError && error.status === 0) return error.message;
  return sentence(error instanceof Error ? error.message : String(error));
}
