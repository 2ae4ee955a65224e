// What a room answers by HTTP: pages of history, search, what was said in a part of a video, and the lists of the moderators.

import { RoomError } from "./wire.js";

/**
 * @import {Message} from "./wire.js"
 * @typedef {{server: string, key: string, token: string, guest?: string}} Place `guest`: the secret of a guest on another site
 * @typedef {{before?: number, after?: number, most?: number, q?: string, from_s?: number, to_s?: number}} Query
 * @typedef {{messages: Message[], mine: Record<string, string[]>}} Page messages in order of their number
 */

const ANSWER_MS = 10_000;

export class RoomApi {
  #place;

  /** @param {() => Place} place */
  constructor(place) {
    this.#place = place;
  }

  /** The address of the WebSocket. */
  socket() {
    const url = this.#url("/ws", {});
    url.protocol = url.protocol.replace("http", "ws");
    return url;
  }

  /** Why one may not come in, "" if that is not the reason; a browser hides the answer to a refused WebSocket from the page. */
  async refusal() {
    try {
      await this.get("", {});
      return { status: 200, words: "" };
    } catch (error) {
      const { kind, message, fields } = /** @type {RoomError} */ (error);
      return kind === "Offline" ? { status: 0, words: "" } : { status: Number(fields.status), words: message };
    }
  }

  /** @param {Query} query @returns {Promise<Page>} */
  async messages(query) {
    const { messages, mine } = await this.get("/messages", query);
    return { messages: [...messages].sort((one, other) => one.seq - other.seq), mine: mine ?? {} };
  }

  /**
   * @param {string} path below the room's
   * @param {Record<string, string | number | undefined>} query
   * @returns {Promise<any>}
   */
  async get(path, query) {
    let answer;
    try {
      const { guest } = this.#place();
      answer = await fetch(this.#url(path, query), { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS), headers: guest ? { "Framecast-Guest": guest } : {} });
    } catch {
      throw new RoomError("Offline", "The server does not answer.");
    }
    const found = await answer.json().catch(() => null);
    if (!answer.ok) throw new RoomError(String(found?.error ?? "Failed"), String(found?.message ?? `The server answered ${answer.status}.`), { ...found?.fields, status: answer.status });
    return found;
  }

  /** @param {string} path @param {Record<string, string | number | undefined>} query */
  #url(path, query) {
    const { server, key, token } = this.#place();
    const url = new URL(`api/rooms/${encodeURIComponent(key)}${path}`, server);
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));
    if (token) url.searchParams.set("token", token);
    return url;
  }
}
