// Which room a page is about. Pure.

/**
 * @typedef {object} Place
 * @property {string} key such as stream:demo, video:ID or room:ID
 * @property {"stream" | "video" | "private"} kind
 * @property {string} name of the stream, id of the video or of the private room
 * @property {string} title what to call the room before its title is known
 * @property {URLSearchParams} query
 */

/**
 * @param {string} href of a page at BASE/rooms/KEY or BASE/rooms/KEY/embed
 * @param {string} base
 * @returns {Place}
 */
export function roomHere(href, base) {
  const url = new URL(href);
  const path = url.href.slice(base.length).split(/[?#]/)[0];
  return { ...roomOf(decodeURIComponent(/^rooms\/([^/]+)/.exec(path)?.[1] ?? "")), query: url.searchParams };
}

/**
 * A key with its parts. A bare name is that of a stream.
 * @param {string} text
 * @returns {Omit<Place, "query">}
 */
export function roomOf(text) {
  const [, type, name] = /^(stream|video|room):(.*)$/s.exec(text) ?? ["", "stream", text];
  if (type === "stream") return { key: `stream:${name}`, kind: "stream", name, title: name };
  return { key: text, kind: type === "video" ? "video" : "private", name, title: "Room" };
}
