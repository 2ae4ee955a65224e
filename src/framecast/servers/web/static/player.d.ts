// Types of player.js, which `make player` writes without them.
export * from "../player/player.js";
export type { Figures } from "../player/meter.js";
export type { MediaReceiver, MediaRequest, Transport } from "../player/transport.js";
