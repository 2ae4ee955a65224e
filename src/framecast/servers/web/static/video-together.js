// Watching a video together: in a private room, whose link one sends to others, or in the room of the video.

import { address } from "./api.js";
import { watchPath } from "./rooms-place.js";
import { send } from "./send.js";

/**
 * @typedef {import("../video/item-words.js").Item} Item
 * @typedef {import("./menu.js").Item} MenuItem
 */

const LONGEST_TITLE = 120;

/**
 * What somebody can choose, for a menu.
 * @param {Item} item
 * @param {() => number} at where the player stands
 * @param {(done: () => Promise<unknown>) => unknown} attempt shows what goes wrong
 * @returns {MenuItem[]}
 */
export function waysTogether(item, at, attempt) {
  const alone = { words: "In a private room", note: "You get a link to send.", run: () => attempt(() => makeRoom(item, at())) };
  const all = { words: "In the room of this video", note: "Everybody who may see the video can join.", href: address(watchPath(`video:${item.id}`, item.id, at())) };
  return item.may_edit ? [alone, all] : [alone];
}

/** @param {Item} item @param {number} at */
async function makeRoom(item, at) {
  const title = [...item.title].slice(0, LONGEST_TITLE).join("");
  const room = await send("POST", "api/rooms", {}, { title });
  location.assign(address(watchPath(room.key, item.id, at)));
}
