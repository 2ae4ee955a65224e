// The tab "Bin": videos that were deleted, until they go for good.

import { confirmed } from "./confirm.js";
import { el } from "./dom.js";
import { button } from "./form-field.js";
import { icon } from "./icons.js";
import { RowList } from "./row-list.js";
import { get, send } from "./send.js";
import { agoWords } from "./times.js";
import { ownerWords, sizeWords } from "./videos-texts.js";

/** @typedef {import("./videos-texts.js").Video} Video */

export class BinList {
  #list = new RowList("remove");
  #more = button("Show more", () => void this.#read(this.#videos, this.#next), "button more-rows");
  /** @type {Video[]} */
  #videos = [];
  #next = "";
  element = el("div", { class: "tab-panel" }, this.#list.element, this.#more);

  constructor() {
    this.#more.hidden = true;
  }

  async load() {
    await this.#read([], "");
  }

  /**
   * @param {Video[]} before
   * @param {string} after
   */
  async #read(before, after) {
    await this.#list.attempt(async () => {
      const { videos, next } = await get("api/videos", { state: "deleted", after });
      this.#videos = [...before, ...videos];
      this.#next = next ?? "";
      this.#list.show(this.#videos, (video) => this.#row(video), ["The bin is empty", "Deleted videos stay here for some time before they go for good."]);
      this.#more.hidden = !this.#next;
    });
  }

  /** @param {Video} video */
  #row(video) {
    const path = `api/videos/${encodeURIComponent(video.id)}`;
    return el(
      "li",
      {},
      el("span", { class: "avatar", "aria-hidden": "true" }, icon("remove")),
      el("div", { class: "row-text" }, el("div", { class: "row-title" }, video.title), el("p", { class: "row-note" }, [ownerWords(video), video.size ? sizeWords(video.size) : "", `deleted ${agoWords(video.deleted_at)}`].filter(Boolean).join(" · "))),
      el(
        "div",
        { class: "row-end" },
        el("button", { class: "button", type: "button", "aria-label": `Restore ${video.title}`, onclick: () => void this.#do(() => send("POST", `${path}/restore`)) }, "Restore"),
        el("button", { class: "button", type: "button", "aria-label": `Delete ${video.title} for good`, onclick: () => void this.#purge(video, path) }, "Delete for good"),
      ),
    );
  }

  /**
   * @param {Video} video
   * @param {string} path
   */
  async #purge(video, path) {
    if (await confirmed(`Delete “${video.title}” for good?`, "Its files go at once, and nothing brings them back.", "Delete for good")) await this.#do(() => send("DELETE", path, { for_good: "true" }));
  }

  /** @param {() => Promise<unknown>} what */
  async #do(what) {
    if (await this.#list.attempt(what)) await this.load();
  }
}
