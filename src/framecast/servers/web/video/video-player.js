// The entry of the player of stored videos. `make player` writes it and all that it imports into one file, static/video-player.js.

import { FramecastVideo } from "./element.js";

export { FramecastVideo } from "./element.js";
export { placeOf, placeWords } from "./times.js";

if (!customElements.get("framecast-video")) customElements.define("framecast-video", FramecastVideo);
