// The playlist beside a video: its videos, the one that plays, and what is before and behind it.

import { base } from "./api.js";
import { el, say } from "./dom.js";
import { durationWords } from "./duration.js";
import { get } from "./send.js";
import { neighboursOf, videoAddress } from "./video-place.js";
import { ownerWords } from "./videos-texts.js";

/** @typedef {import("./videos-texts.js").Video} Video */

export class VideoList {
  #title = el("h2", {});
  #count = el("p", { class: "hint" });
  #rows = el("ol", { class: "watch-list" });
  element = el("nav", { class: "card watch-side-card", "aria-label": "Playlist", hidden: true }, this.#title, this.#count, this.#rows);
  /** @type {Video | null} */
  next = null;
  /** @type {Video | null} */
  previous = null;
  #id = "";

  /**
   * Read a list; without it, or if it is not there, nothing is shown.
   * @param {string} list
   * @param {string} id of the video of this page
   */
  async load(list, id) {
    this.#id = list;
    if (!list) return;
    const found = await get(`api/playlists/${encodeURIComponent(list)}`).catch(() => null);
    if (!found) return;
    const videos = /** @type {Video[]} */ (found.videos ?? []);
    const { at, previous, next } = neighboursOf(videos, id);
    [this.previous, this.next] = [previous, next];
    say(this.#title, found.title);
    say(this.#count, at < 0 ? `${videos.length} videos` : `${at + 1} of ${videos.length}`);
    this.#rows.replaceChildren(...videos.map((video) => this.#row(video, video.id === id)));
    this.element.hidden = false;
  }

  /** @param {Video | null} video */
  addressOf(video) {
    return video ? videoAddress(base.href, video.id, { list: this.#id }) : "";
  }

  /** @param {Video} video @param {boolean} isHere */
  #row(video, isHere) {
    const poster = video.media?.poster ? el("img", { src: new URL(video.media.base + video.media.poster, base).href, alt: "", loading: "lazy" }) : null;
    const note = [video.duration_s ? durationWords(video.duration_s) : "", ownerWords(video)].filter(Boolean).join(" · ");
    const link = el("a", { href: this.addressOf(video) }, el("span", { class: "watch-thumb" }, poster), el("span", {}, el("strong", {}, video.title), el("span", { class: "hint" }, note)));
    if (isHere) link.setAttribute("aria-current", "page");
    return el("li", {}, link);
  }
}
