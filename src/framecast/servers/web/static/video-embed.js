// The page of a video alone, for frames of other pages. Its address says which video, and may say `t`, `autoplay`, `muted`, `loop` and `token`.

import { base } from "./api.js";
import { el, say } from "./dom.js";
import "./video-player.js";
import { videoHere } from "./video-place.js";

const { id, query } = videoHere(location.href, base.href);
/** @type {Record<string, string | boolean>} */
const attributes = { src: id, "page-keys": true };
for (const name of ["autoplay", "muted", "loop"]) if (query.has(name) && query.get(name) !== "0") attributes[name] = true;
if (query.has("t")) attributes.start = query.get("t") ?? "";
if (query.has("token")) attributes.token = query.get("token") ?? "";
const player = /** @type {import("./video-player.js").FramecastVideo} */ (el("framecast-video", attributes));
const heading = document.querySelector("h1");
player.addEventListener("item", () => {
  if (heading && player.item) say(heading, player.item.title);
});
document.querySelector("main")?.append(player);
