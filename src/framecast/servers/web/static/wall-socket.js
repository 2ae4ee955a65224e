// One WebSocket for all players of a page: over HTTP/1.1 a browser opens only six connections to a server, a wall has more tiles.
//
// The transport of docs/reference/player.md over `api/ws/wall`. The socket is dialled when the first player opens and closed
// a while after the last one has left. When it breaks every player hears that and opens again by itself; the socket is dialled
// for all of them together, later each time.

import { address } from "./api.js";
import { Backoff, OwnSocket, SILENT_S } from "./player.js";

/**
 * @typedef {import("./player.js").Transport} Transport
 * @typedef {import("./player.js").MediaReceiver} MediaReceiver
 * @typedef {import("./player.js").MediaRequest} MediaRequest
 */

const IDLE_MS = 5000;
const ID_BYTES = 4;
const LOST = "The connection to the server is lost.";

/** @implements {Transport} */
export class WallSocket {
  /** @type {WebSocket | null} */
  #socket = null;
  /** The player of each stream, and what it asked for. @type {Map<string, {receiver: MediaReceiver, request: MediaRequest}>} */
  #receivers = new Map();
  /** The server numbers what it sends. @type {Map<number, string>} */
  #names = new Map();
  #own = new OwnSocket();
  #backoff = new Backoff();
  #idle = 0;
  /** Until then nothing is dialled: the last connection has failed. */
  #notBefore = 0;
  #redial = 0;
  #heardAt = 0;
  #watch = 0;

  /**
   * @param {MediaRequest} request
   * @param {MediaReceiver} receiver
   * @returns {() => void}
   */
  open(request, receiver) {
    // JPEG pictures are for browsers that play nothing else; a second player of one stream has a socket of its own, too.
    if (request.mode !== "mse" || this.#receivers.has(request.src)) return this.#own.open(request, receiver);
    clearTimeout(this.#idle);
    this.#receivers.set(request.src, { receiver, request });
    if (this.#socket?.readyState === WebSocket.OPEN) this.#ask(request);
    this.#dialSoon();
    return () => this.#leave(request.src, receiver);
  }

  #dialSoon() {
    clearTimeout(this.#redial);
    if (this.#socket || this.#receivers.size === 0) return;
    const wait = this.#notBefore - performance.now();
    if (wait > 0) this.#redial = setTimeout(() => this.#dialSoon(), wait);
    else this.#socket = this.#dial();
  }

  #dial() {
    const url = new URL(address("api/ws/wall"));
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.#backoff.reset();
      this.#receivers.forEach(({ request }) => this.#ask(request));
    };
    socket.onmessage = ({ data }) => {
      this.#heardAt = performance.now();
      if (typeof data === "string") this.#hear(JSON.parse(data));
      else this.#take(data);
    };
    socket.onclose = ({ reason }) => this.#lose(socket, reason || LOST);
    this.#heardAt = performance.now();
    clearInterval(this.#watch);
    this.#watch = setInterval(() => this.#check(socket), 1000);
    return socket;
  }

  /** A cable that is cut closes nothing: without a word of the server this socket is no use any more. @param {WebSocket} socket */
  #check(socket) {
    if (performance.now() - this.#heardAt < 1000 * SILENT_S) return;
    this.#lose(socket, "The server does not answer.");
    socket.close();
  }

  /** @param {MediaRequest} request */
  #ask({ src, codecs }) {
    this.#say({ type: "open", src, value: codecs });
  }

  /**
   * @param {string} src
   * @param {MediaReceiver} receiver
   */
  #leave(src, receiver) {
    if (this.#receivers.get(src)?.receiver !== receiver) return;
    this.#receivers.delete(src);
    this.#forget(src);
    this.#say({ type: "close", src });
    if (this.#receivers.size === 0) this.#idle = setTimeout(() => this.#hangUp(), IDLE_MS);
  }

  /** @param {object} message */
  #say(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  /** @param {{type: string, src?: string, id?: number, value?: any}} message */
  #hear({ type, src, id, value }) {
    if (type === "framecast/clock" && src === undefined) this.#receivers.forEach(({ receiver }) => receiver.onMessage({ type, value }));
    const found = src === undefined ? undefined : this.#receivers.get(src);
    if (!found || src === undefined) return;
    if (type === "mse" && id !== undefined) {
      this.#forget(src);
      this.#names.set(id, src);
    }
    found.receiver.onMessage({ type, value });
  }

  /** @param {ArrayBuffer} data */
  #take(data) {
    if (data.byteLength <= ID_BYTES) return;
    const name = this.#names.get(new DataView(data).getUint32(0));
    // What was on its way when a player left has no name any more.
    if (name !== undefined) this.#receivers.get(name)?.receiver.onBinary(new Uint8Array(data, ID_BYTES));
  }

  /** @param {string} src */
  #forget(src) {
    for (const [id, name] of this.#names) if (name === src) this.#names.delete(id);
  }

  /**
   * @param {WebSocket} socket
   * @param {string} words
   */
  #lose(socket, words) {
    if (this.#socket !== socket) return;
    clearInterval(this.#watch);
    this.#socket = null;
    this.#notBefore = performance.now() + this.#backoff.next();
    this.#names.clear();
    const left = [...this.#receivers.values()];
    this.#receivers.clear();
    for (const { receiver } of left) receiver.onClosed(words);
  }

  #hangUp() {
    const socket = this.#socket;
    if (!socket || this.#receivers.size > 0) return;
    clearInterval(this.#watch);
    this.#socket = null;
    this.#names.clear();
    socket.close();
  }
}
