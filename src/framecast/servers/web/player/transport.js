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
    socket.onopen = () => socket.send(JSON.stringify(request.mode === "mse" ? { type: "mse", value: request.codecs } : { type: "mjpeg" }));
    socket.onmessage = ({ data }) => {
      if (typeof data !== "string") receiver.onBinary(new Uint8Array(data));
      else receiver.onMessage(JSON.parse(data));
    };
    socket.onclose = ({ reason }) => receiver.onClosed(reason || LOST);
    return () => {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    };
  }
}
