// Types of room.js, which `make player` writes without them.
export * from "../room/room.js";
export type { Message, Person, Presence, Room, RoomEvent, Welcome, You } from "../room/wire.js";
