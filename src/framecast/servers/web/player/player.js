// The entry of the player. `make player` writes it and all that it imports into one file, static/player.js: other sites load that alone.

import { FramecastPlayer } from "./element.js";

export { Backoff } from "./backoff.js";
export { FramecastPlayer } from "./element.js";
export { LiveEdge } from "./live-edge.js";
export { SILENT_S } from "./modes.js";
export { readFragment, readInit } from "./mp4-boxes.js";
export { supportedCodecs } from "./codecs.js";
export { OwnSocket } from "./transport.js";

if (!customElements.get("framecast-player")) customElements.define("framecast-player", FramecastPlayer);
