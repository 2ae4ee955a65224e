// The entry of the rooms: the chat, and watching together. `make player` writes it and all that it imports into one file, static/room.js: other sites
// load that alone.

import { FramecastRoom } from "./room-element.js";
import { FramecastWatch } from "./watch-element.js";

export { RoomConnection } from "./connection.js";
export { FramecastRoom } from "./room-element.js";
export { FramecastWatch } from "./watch-element.js";
export { RoomError } from "./wire.js";

if (!customElements.get("framecast-room")) customElements.define("framecast-room", FramecastRoom);
if (!customElements.get("framecast-watch")) customElements.define("framecast-watch", FramecastWatch);
