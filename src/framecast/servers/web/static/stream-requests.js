// What a page asks the server about streams, and does with them.

import { ANSWER_MS, address, ask } from "./api.js";
import { confirmed } from "./confirm.js";

/** @typedef {import("./api.js").Stream} Stream */

/**
 * All streams by their names.
 * @param {AbortSignal} [signal]
 * @returns {Promise<Record<string, Stream>>}
 */
export async function askStreams(signal = AbortSignal.timeout(ANSWER_MS)) {
  return (await ask(address("api/streams"), { signal })).json();
}

/** Connect to the source again. @param {string} name */
export async function reconnect(name) {
  await ask(address("api/restart", { src: name }), { method: "POST" });
}

/**
 * Ask, and remove the stream.
 * @param {string} name
 * @returns {Promise<boolean>} false if the answer was no
 */
export async function remove(name) {
  const question = `Programs and pages that use ${name} lose it, and its settings are deleted.`;
  if (!(await confirmed(`Remove ${name}?`, question, "Remove"))) return false;
  await ask(address("api/streams", { src: name }), { method: "DELETE" });
  return true;
}
