// Types of video-player.js, which `make player` writes without them.
export * from "../video/video-player.js";
