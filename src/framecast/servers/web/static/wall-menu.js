// What can be done with a stream, as the items of its tile's menu.

import { address } from "./api.js";

/**
 * @typedef {import("./api.js").Stream} Stream
 * @typedef {import("./menu.js").Item} Item
 *
 * @typedef {object} Actions those that are not there cannot be done now
 * @property {() => void} edit
 * @property {() => void} restart
 * @property {() => void} remove
 * @property {() => void} [earlier]
 * @property {() => void} [later]
 * @property {() => void} [first]
 */

/** Who else has said that a stream exists. @type {Record<string, string>} */
const ELSEWHERE = {
  file: "It stands in framecast.yaml: change it there.",
  command: "It stands on the command line of the node: change it there.",
  program: "A program publishes it: it goes when that ends.",
};

/**
 * @param {Stream} stream
 * @param {Actions} actions
 * @returns {Item[]}
 */
export function tileMenu(stream, actions) {
  const where = ELSEWHERE[stream.configured];
  return [
    { words: "Open its page", href: address(`streams/${encodeURIComponent(stream.name)}`) },
    { words: "Reconnect", run: actions.restart },
    ...(actions.earlier || actions.later
      ? [
          { words: "Move to the front", run: actions.first },
          { words: "Move forward by one", run: actions.earlier },
          { words: "Move back by one", run: actions.later },
        ]
      : []),
    { words: "Edit …", ...(where ? { note: where } : { run: actions.edit }) },
    { words: "Remove …", isGrave: true, ...(where ? {} : { run: actions.remove }) },
  ];
}
