// Addresses of the page of a video, and what a description says. Pure.

/**
 * The video of a page, and what else its address says.
 * @param {string} href of the page: BASE/videos/ID or BASE/videos/ID/embed
 * @param {string} root the base address
 */
export function videoHere(href, root) {
  const url = new URL(href);
  const path = url.href.startsWith(root) ? url.pathname.slice(new URL(root).pathname.length) : "";
  const name = /^videos\/([^/]+)(?:\/embed)?$/.exec(path)?.[1] ?? "";
  return { id: decodeURIComponent(name), query: url.searchParams };
}

/**
 * The address of a video's page.
 * @param {string} root
 * @param {string} id
 * @param {{list?: string, at?: number}} [more]
 */
export function videoAddress(root, id, { list = "", at = 0 } = {}) {
  const url = new URL(`videos/${encodeURIComponent(id)}`, root);
  if (list) url.searchParams.set("list", list);
  if (at >= 1) url.searchParams.set("t", String(Math.floor(at)));
  return url.href;
}

/**
 * What puts a video into another page: the element, and a frame.
 * @param {string} root
 * @param {string} id
 * @param {{width: number | null, height: number | null}} size
 */
export function embedCodes(root, id, { width, height }) {
  const element = `<script type="module"\n  src="${new URL("static/video-player.js", root).href}"></script>\n<framecast-video src="${id}"></framecast-video>`;
  const wide = 640;
  const high = width && height ? Math.round((wide * height) / width) : 360;
  const frame = `<iframe src="${new URL(`videos/${encodeURIComponent(id)}/embed`, root).href}"\n  width="${wide}" height="${high}" allow="fullscreen; picture-in-picture"></iframe>`;
  return { element, frame };
}

const LINKS = /(https?:\/\/[^\s<>"']+[^\s<>"'.,:;!?)\]])|(?<![\d:.])((?:\d{1,2}:)?[0-5]?\d:[0-5]\d)(?![\d:])/g;

/**
 * A description as texts, links and places in the video.
 * @param {string} text
 * @returns {({text: string} | {href: string} | {place: string})[]}
 */
export function descriptionParts(text) {
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(LINKS)) {
    if (found.index > from) parts.push({ text: text.slice(from, found.index) });
    parts.push(found[1] ? { href: found[1] } : { place: found[2] });
    from = found.index + found[0].length;
  }
  if (from < text.length) parts.push({ text: text.slice(from) });
  return parts;
}

/**
 * The neighbours of a video in a list.
 * @template {{id: string}} T
 * @param {T[]} videos
 * @param {string} id
 * @returns {{at: number, previous: T | null, next: T | null}}
 */
export function neighboursOf(videos, id) {
  const at = videos.findIndex((one) => one.id === id);
  return { at, previous: at > 0 ? videos[at - 1] : null, next: at >= 0 ? (videos[at + 1] ?? null) : null };
}
