// The chat of a room alone, for frames of other pages.

import { base } from "./api.js";
import { el, say } from "./dom.js";
import { roomHere } from "./rooms-place.js";

const { key, title, query } = roomHere(location.href, base.href);
const heading = document.querySelector("h1");
if (heading) say(heading, title);
document.querySelector("main")?.append(el("framecast-room", { src: key, ...(query.has("token") ? { token: query.get("token") ?? "" } : {}) }));
