// What a wall without streams, or without one that matches, shows: how to add the first one, on this page or with a command.

import { address, ask } from "./api.js";
import { el, say } from "./dom.js";
import { icon } from "./icons.js";
import "./snippet.js";

/**
 * @param {() => void} onAdd
 * @param {() => void} onDemo the test pattern was added
 */
export function emptyCard(onAdd, onDemo) {
  const error = el("p", { class: "error", role: "alert", hidden: true });
  const demo = async () => {
    try {
      await ask(address("api/streams", { name: "demo", src: "pattern:" }), { method: "PUT" });
      error.hidden = true;
      onDemo();
    } catch (found) {
      error.hidden = false;
      say(error, found instanceof Error ? found.message : String(found));
    }
  };
  return el(
    "section",
    { class: "card empty", hidden: true },
    el("div", { class: "empty-sign" }, icon("camera")),
    el("h1", {}, "No streams yet"),
    el("p", { class: "for-viewing" }, "An admin of this server decides what you see. It appears here by itself."),
    el("p", { class: "for-adding" }, "Add a camera, a video file or a test pattern. The source is tested before it is saved."),
    el(
      "div",
      { class: "empty-actions for-adding" },
      el("button", { class: "button primary", type: "button", onclick: onAdd }, icon("add"), "Add a camera"),
      el("button", { class: "button", type: "button", onclick: () => void demo() }, "Show a test pattern"),
    ),
    error,
    el("h2", { class: "for-adding" }, "From the command line"),
    el("framecast-snippet", { class: "for-adding", wrap: true, title: "A camera" }, "framecast add front-door rtsp://user:password@192.168.1.20/stream"),
    el("framecast-snippet", { class: "for-adding", title: "Without a camera" }, "framecast add demo pattern:"),
    el("framecast-snippet", { class: "for-adding", wrap: true, title: "Over HTTP" }, `curl -X PUT "${address("api/streams", { name: "demo", src: "pattern:" })}"`),
  );
}

/** @param {() => void} onShowAll */
export function nothingMatches(onShowAll) {
  return el("p", { class: "nothing", hidden: true }, "No stream matches. ", el("button", { class: "link strong", type: "button", onclick: onShowAll }, "Show all"));
}
