// The tab "Storage": what the library takes on the disk, and what each person has of their quota.

import { avatar } from "./avatar.js";
import { el } from "./dom.js";
import { RowList } from "./row-list.js";
import { get } from "./send.js";
import { sizeWords } from "./videos-texts.js";
import { countWords } from "./words.js";

/**
 * @typedef {object} PersonUsage
 * @property {string} name
 * @property {string} display_name
 * @property {number} bytes
 * @property {number} reserved
 * @property {number} videos
 * @property {number | null} quota
 *
 * @typedef {object} Storage
 * @property {number} videos
 * @property {number} originals
 * @property {number} media
 * @property {number} uploads
 * @property {number} bin
 * @property {number | null} disk_free
 * @property {number | null} disk_total
 * @property {PersonUsage[]} people
 */

export class StoragePart {
  #meters = el("div", { class: "meters" });
  #list = new RowList();
  element = el("div", { class: "tab-panel" }, this.#meters, el("h2", {}, "People"), this.#list.element);

  async load() {
    await this.#list.attempt(async () => {
      const { storage } = await get("api/library");
      this.#show(/** @type {Storage} */ (storage));
    });
  }

  /** @param {Storage} storage */
  #show({ videos, originals, media, uploads, bin, disk_free, disk_total, people }) {
    const isKnown = disk_free !== null && disk_total !== null;
    this.#meters.replaceChildren(
      card("Videos", videos.toLocaleString("en"), `${sizeWords(originals + media)} in all`),
      card("Originals", sizeWords(originals), "as they were uploaded"),
      card("Playable files", sizeWords(media), "renditions, posters, previews"),
      card("Unfinished uploads", sizeWords(uploads), "they end by themselves"),
      card("Bin", sizeWords(bin), "part of the sums above"),
      isKnown ? card("Free on the disk", sizeWords(disk_free), `of ${sizeWords(disk_total)}`, 1 - disk_free / disk_total) : "",
    );
    this.#list.show([...people].sort((one, other) => other.bytes - one.bytes), row, ["Nobody has videos", "They stand here with what they use."]);
  }
}

/**
 * @param {string} words
 * @param {string} figure
 * @param {string} note
 * @param {number} [part] how much is used, from 0 to 1
 */
function card(words, figure, note, part) {
  const meter = part === undefined ? null : el("progress", { max: "1", value: String(part), "aria-label": `${words}: used` });
  return el("div", { class: "card meter-card" }, el("span", {}, words), el("strong", {}, figure), el("span", {}, note), meter);
}

/** @param {PersonUsage} person */
function row(person) {
  const title = person.display_name || person.name || "Without an owner";
  const used = person.bytes + person.reserved;
  const notes = [countWords(person.videos, "video", "videos"), person.quota ? `${sizeWords(used)} of ${sizeWords(person.quota)}` : sizeWords(used), person.reserved ? `${sizeWords(person.reserved)} of it for uploads` : ""];
  return el(
    "li",
    {},
    avatar(title),
    el(
      "div",
      { class: "row-text" },
      el("div", { class: "row-title" }, title),
      el("p", { class: "row-note" }, notes.filter(Boolean).join(" · ")),
      person.quota ? el("progress", { max: "1", value: String(Math.min(1, used / person.quota)), "aria-label": `Quota of ${title}` }) : null,
    ),
  );
}
