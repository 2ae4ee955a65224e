// Rooms and their addresses. Pure.

/**
 * @typedef {object} Subject
 * @property {string} key such as stream:demo, video:ID or room:ID
 * @property {"stream" | "video" | "private"} kind
 * @property {string} name of the stream, id of the video or of the private room
 * @property {string} title what to call the room before its title is known
 */

/**
 * The room of a page at BASE/rooms/KEY or BASE/rooms/KEY/embed.
 * @param {string} href
 * @param {string} base
 * @returns {Subject & {query: URLSearchParams}}
 */
export function roomHere(href, base) {
  const url = new URL(href);
  const path = url.href.slice(base.length).split(/[?#]/)[0];
  return { ...subjectOf(decoded(/^rooms\/([^/]+)/.exec(path)?.[1] ?? "")), query: url.searchParams };
}

/**
 * What a room is around. A bare name is that of a stream.
 * @param {string} text a key
 * @returns {Subject}
 */
export function subjectOf(text) {
  const [, type, name] = /^(stream|video|room):(.*)$/s.exec(text) ?? ["", "stream", text];
  if (type === "stream") return { key: `stream:${name}`, kind: "stream", name, title: name };
  if (type === "video") return { key: text, kind: "video", name, title: "Room of a video" };
  return { key: text, kind: "private", name, title: "Private room" };
}

/** The path of a room's page. A colon may stand in a path (RFC 3986 section 3.3). @param {string} key */
export function roomPath(key) {
  return `rooms/${encodeURIComponent(key).replaceAll("%3A", ":")}`;
}

/**
 * The page of a room that begins with a video.
 * @param {string} key
 * @param {string} video its id
 * @param {number} [at] where it begins, in seconds
 */
export function watchPath(key, video, at = 0) {
  const query = new URLSearchParams({ watch: video, ...(at >= 1 ? { t: String(Math.floor(at)) } : {}) });
  return `${roomPath(key)}?${query}`;
}

/** The path of a room, or of something of it, in the API. @param {string} key @param {...string} parts */
export function roomApi(key, ...parts) {
  return ["api", roomPath(key), ...parts.map(encodeURIComponent)].join("/").replaceAll("%3A", ":");
}

/** The address that opens a private room: its secret stands in the fragment, which browsers send to no server. @param {string} base @param {string} token */
export function joinLink(base, token) {
  return `${base}rooms/join#${token}`;
}

/** How many messages are unread, in the little room of a badge. @param {number} count */
export function unreadWords(count) {
  return count > 99 ? "99+" : String(count);
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
