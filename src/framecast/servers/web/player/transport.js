// How media reaches a player: the `Transport` interface, and the default one, a WebSocket for each player.

/**
 * @typedef {"mse" | "mjpeg"} Channel what a transport carries
 * @typedef {{type: string, value?: any}} Message
 * @typedef {{src: string, server: string, mode: Channel, codecs: string, width: number, token?: string}} MediaRequest
 *
 * @typedef {object} MediaReceiver
 * @property {(message: Message) => void} onMessage
 * @property {(bytes: Uint8Array<ArrayBuffer>) => void} onBinary
 * @property {(words: string) => void} onClosed
 *
 * @typedef {object} Transport
 * @property {(request: MediaRequest, receiver: MediaReceiver) => () => void} open returns a function that closes; the receiver is not called after that
 */

const LOST = "The connection to the server was lost.";
const REFUSAL_MS = 3000;

/** A WebSocket for each player, with go2rtc's messages. @implements {Transport} */
export class OwnSocket {
  /**
   * @param {MediaRequest} request
   * @param {MediaReceiver} receiver
   */
  open(request, receiver) {
    const url = new URL("api/ws", request.server);
    url.protocol = url.protocol.replace("http", "ws");
    url.searchParams.set("src", request.src);
    if (request.token) url.searchParams.set("token", request.token);
    if (request.mode === "mjpeg" && request.width) url.searchParams.set("w", String(request.width));
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    let isRefused = true;
    let isOver = false;
    socket.onopen = () => {
      isRefused = false;
      socket.send(JSON.stringify(request.mode === "mse" ? { type: "mse", value: request.codecs } : { type: "mjpeg" }));
    };
    socket.onmessage = ({ data }) => {
      if (typeof data !== "string") receiver.onBinary(new Uint8Array(data));
      else receiver.onMessage(JSON.parse(data));
    };
    socket.onclose = async ({ reason }) => {
      const words = reason || (isRefused && (await refusalAt(url))) || LOST;
      if (!isOver) receiver.onClosed(words);
    };
    return () => {
      isOver = true;
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    };
  }
}

/**
 * Why the server does not open a WebSocket at this address, '' if it does not say. A browser hides the answer to a refused handshake from
 * the page, so it is requested again without one.
 * @param {URL} url
 */
export async function refusalAt(url) {
  try {
    const answer = await fetch(url.href.replace(/^ws/, "http"), { credentials: "omit", cache: "no-store", signal: AbortSignal.timeout(REFUSAL_MS) });
    const { error, message } = await answer.json();
    return error === "Denied" ? String(message) : "";
  } catch {
    return "";
  }
}
