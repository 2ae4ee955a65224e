// Code and URLs that use a stream elsewhere.

import { address, base } from "./api.js";
import { el } from "./dom.js";
import "./snippet.js";

/**
 * @param {string} name
 * @param {boolean} isPlayable false if the stream has neither video nor audio
 */
export function streamSnippets(name, isPlayable) {
  if (!isPlayable) {
    const data = `import framecast\n\nwith framecast.open("${name}") as stream:\n    for item in stream.data():\n        print(item.value)`;
    return el("div", { class: "snippets" }, el("framecast-snippet", { title: "Python, on this machine" }, data));
  }
  const python = `import framecast\n\nwith framecast.open("${name}") as camera:\n    for frame in camera:\n        print(frame.bgr.shape)`;
  const embed = `<script type="module"\n  src="${new URL("static/player.js", base).href}"></script>\n<framecast-player controls muted\n  src="${name}"></framecast-player>`;
  const links = [
    ["Live MP4", "api/stream.mp4"],
    ["HLS", "api/stream.m3u8"],
    ["Live pictures (MJPEG)", "api/stream.mjpeg"],
    ["Snapshot (JPEG)", "api/frame.jpeg"],
  ].map(([title, path]) => el("framecast-snippet", { wrap: true, title }, address(path, { src: name })));
  return el(
    "div",
    { class: "snippets" },
    el("framecast-snippet", { title: "Python, on this machine" }, python),
    el("framecast-snippet", { wrap: true, title: "In your web page" }, embed),
    el("details", {}, el("summary", {}, "URLs for players and programs"), el("div", { class: "snippets" }, ...links)),
  );
}
