// One WebSocket for all players of a page: browsers limit the connections to a server, and a wall has many tiles.
//
// The transport of docs/reference/player.md over `api/ws/wall`. The socket opens with the first player and closes a while after
// the last one has left. When it breaks, all players are notified and open again by themselves; the socket reconnects once for
// all of them, after a wait that grows.

import { address } from "./api.js";
import { Backoff, OwnSocket, SILENT_S } from "./player.js";

/**
 * @typedef {import("./player.js").Transport} Transport
 * @typedef {import("./player.js").MediaReceiver} MediaReceiver
 * @typedef {import("./player.js").MediaRequest} MediaRequest
 */

const IDLE_MS = 5000;
const ID_BYTES = 4;
const LOST = "The connection to the server was lost.";

/** @implements {Transport} */
export class WallSocket {
  /** @type {WebSocket | null} */
  #socket = null;
  /** The player of each stream, and what it asked for. @type {Map<string, {receiver: MediaReceiver, request: MediaRequest}>} */
  #receivers = new Map();
  /** Stream names by the ids that the server assigns. @type {Map<number, string>} */
  #names = new Map();
  #own = new OwnSocket();
  #backoff = new Backoff();
  #idleTimer = 0;
  /** Do not connect before this time: the last connection failed. */
  #notBefore = 0;
  #retryTimer = 0;
  #heardAt = 0;
  #silenceTimer = 0;

  /**
   * @param {MediaRequest} request
   * @param {MediaReceiver} receiver
   * @returns {() => void}
   */
  open(request, receiver) {
    // JPEG pictures, and a second player of the same stream, use a socket of their own.
    if (request.mode !== "mse" || this.#receivers.has(request.src)) return this.#own.open(request, receiver);
    clearTimeout(this.#idleTimer);
    this.#receivers.set(request.src, { receiver, request });
    if (this.#socket?.readyState === WebSocket.OPEN) this.#ask(request);
    this.#connectSoon();
    return () => this.#leave(request.src, receiver);
  }

  #connectSoon() {
    clearTimeout(this.#retryTimer);
    if (this.#socket || this.#receivers.size === 0) return;
    const wait = this.#notBefore - performance.now();
    if (wait > 0) this.#retryTimer = setTimeout(() => this.#connectSoon(), wait);
    else this.#socket = this.#connect();
  }

  #connect() {
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
      if (typeof data === "string") this.#onMessage(JSON.parse(data));
      else this.#onBinary(data);
    };
    socket.onclose = ({ reason }) => this.#onLost(socket, reason || LOST);
    this.#heardAt = performance.now();
    clearInterval(this.#silenceTimer);
    this.#silenceTimer = setInterval(() => this.#check(socket), 1000);
    return socket;
  }

  /** A cut cable closes nothing: without messages from the server, the socket is dead. @param {WebSocket} socket */
  #check(socket) {
    if (performance.now() - this.#heardAt < 1000 * SILENT_S) return;
    this.#onLost(socket, "The server does not answer.");
    socket.close();
  }

  /** @param {MediaRequest} request */
  #ask({ src, codecs }) {
    this.#send({ type: "open", src, value: codecs });
  }

  /**
   * @param {string} src
   * @param {MediaReceiver} receiver
   */
  #leave(src, receiver) {
    if (this.#receivers.get(src)?.receiver !== receiver) return;
    this.#receivers.delete(src);
    this.#forget(src);
    this.#send({ type: "close", src });
    if (this.#receivers.size === 0) this.#idleTimer = setTimeout(() => this.#close(), IDLE_MS);
  }

  /** @param {object} message */
  #send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  /** @param {{type: string, src?: string, id?: number, value?: any}} message */
  #onMessage({ type, src, id, value }) {
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
  #onBinary(data) {
    if (data.byteLength <= ID_BYTES) return;
    const name = this.#names.get(new DataView(data).getUint32(0));
    // Late data of a player that has left has no name any more.
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
  #onLost(socket, words) {
    if (this.#socket !== socket) return;
    clearInterval(this.#silenceTimer);
    this.#socket = null;
    this.#notBefore = performance.now() + this.#backoff.next();
    this.#names.clear();
    const left = [...this.#receivers.values()];
    this.#receivers.clear();
    for (const { receiver } of left) receiver.onClosed(words);
  }

  #close() {
    const socket = this.#socket;
    if (!socket || this.#receivers.size > 0) return;
    clearInterval(this.#silenceTimer);
    this.#socket = null;
    this.#names.clear();
    socket.close();
  }
}
