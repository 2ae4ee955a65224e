// The entry of the chat. `make player` writes it and all that it imports into one file, static/room.js: other sites load that alone.

import { FramecastRoom } from "./room-element.js";

export { RoomConnection } from "./connection.js";
export { FramecastRoom } from "./room-element.js";
export { RoomError } from "./wire.js";

if (!customElements.get("framecast-room")) customElements.define("framecast-room", FramecastRoom);
