// The tab "Storage": what the library takes on the disk, and what each person has of their quota.

import { avatar } from "./avatar.js";
import { el } from "./dom.js";
import { RowList } from "./row-list.js";
import { get } from "./send.js";
import { sizeWords } from "./videos-texts.js";
import { countWords } from "./words.js";

/**
 * @typedef {object} OwnerUsage
 * @property {string} owner name of the account, "" for the admins
 * @property {number} bytes
 * @property {number} reserved
 * @property {number} videos
 *
 * @typedef {object} Storage
 * @property {number} videos
 * @property {number} originals
 * @property {number} generations
 * @property {number} bin_videos
 * @property {number} bin_bytes
 * @property {number} reserved
 * @property {number | null} free
 * @property {OwnerUsage[]} owners
 */

/** Of a library that was never used. @type {Storage} */
const NOTHING = { videos: 0, originals: 0, generations: 0, bin_videos: 0, bin_bytes: 0, reserved: 0, free: null, owners: [] };

export class StoragePart {
  #meters = el("div", { class: "meters" });
  #list = new RowList();
  element = el("div", { class: "tab-panel" }, this.#meters, el("h2", {}, "People"), this.#list.element);

  async load() {
    await this.#list.attempt(async () => {
      const { storage, quota } = await get("api/library");
      this.#show(storage ?? NOTHING, quota);
    });
  }

  /**
   * @param {Storage} storage
   * @param {number | null} quota of each person, null: none
   */
  #show({ videos, originals, generations, bin_videos, bin_bytes, reserved, free, owners }, quota) {
    this.#meters.replaceChildren(
      card("Videos", videos.toLocaleString("en"), `${sizeWords(originals + generations)} in all`),
      card("Originals", sizeWords(originals), "as they were uploaded"),
      card("Playable files", sizeWords(generations), "renditions, posters, previews"),
      card("Reserved", sizeWords(reserved), "by uploads that are not finished"),
      card("Bin", sizeWords(bin_bytes), countWords(bin_videos, "video", "videos")),
      free === null ? "" : card("Free on the disk", sizeWords(free), "for videos and all else"),
    );
    this.#list.show([...owners].sort((one, other) => other.bytes - one.bytes), (one) => row(one, quota), ["Nobody has videos", "Each person who has videos appears here with the storage in use."]);
  }
}

/**
 * @param {string} words
 * @param {string} figure
 * @param {string} note
 */
function card(words, figure, note) {
  return el("div", { class: "card meter-card" }, el("span", {}, words), el("strong", {}, figure), el("span", {}, note));
}

/**
 * @param {OwnerUsage} usage
 * @param {number | null} quota
 */
function row({ owner, bytes, reserved, videos }, quota) {
  const title = owner || "Without an owner";
  const used = bytes + reserved;
  const limit = owner ? quota : null;
  const notes = [countWords(videos, "video", "videos"), limit ? `${sizeWords(used)} of ${sizeWords(limit)}` : sizeWords(used), reserved ? `${sizeWords(reserved)} of it for uploads` : ""];
  return el(
    "li",
    {},
    avatar(title),
    el(
      "div",
      { class: "row-text" },
      el("div", { class: "row-title" }, title),
      el("p", { class: "row-note" }, notes.filter(Boolean).join(" · ")),
      limit ? el("progress", { max: "1", value: String(Math.min(1, used / limit)), "aria-label": `Quota of ${title}` }) : null,
    ),
  );
}
