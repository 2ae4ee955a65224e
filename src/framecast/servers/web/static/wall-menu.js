// The items of a tile's menu.

import { address } from "./api.js";

/**
 * @typedef {import("./api.js").Stream} Stream
 * @typedef {import("./menu.js").Item} Item
 *
 * @typedef {object} Actions missing ones are disabled now
 * @property {() => void} [snapshot]
 * @property {() => void} [record]
 * @property {boolean} isRecording
 * @property {() => void} edit
 * @property {() => void} restart
 * @property {() => void} remove
 * @property {() => void} [earlier]
 * @property {() => void} [later]
 * @property {() => void} [first]
 */

/** Streams that are configured elsewhere: where they are changed. @type {Record<string, string>} */
export const ELSEWHERE = {
  file: "Configured in framecast.yaml: change it there.",
  command: "Configured on the node's command line: change it there.",
  program: "Published by a program: it disappears when the program ends.",
};

/**
 * @param {Stream} stream
 * @param {Actions} actions
 * @returns {Item[]}
 */
export function tileMenu(stream, actions) {
  const where = ELSEWHERE[stream.configured];
  const isViewer = globalThis.document?.documentElement.dataset.mayAdd === "false";
  return [
    { words: "Open page", href: address(`streams/${encodeURIComponent(stream.name)}`) },
    { words: "Save snapshot", run: actions.snapshot },
    { words: actions.isRecording ? "Stop recording" : "Record to this device", run: actions.record },
    ...(isViewer ? [] : [{ words: "Reconnect", run: actions.restart }]),
    ...(actions.earlier || actions.later
      ? [
          { words: "Move to the front", run: actions.first },
          { words: "Move forward by one", run: actions.earlier },
          { words: "Move back by one", run: actions.later },
        ]
      : []),
    ...(isViewer
      ? []
      : [
          { words: "Edit …", ...(where ? { note: where } : { run: actions.edit }) },
          { words: "Remove …", isGrave: true, ...(where ? {} : { run: actions.remove }) },
        ]),
  ];
}
