// The tab "Reports and held videos": what people say of videos, and the videos that only their owners and the admins see.

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { badge, RowList } from "./row-list.js";
import { get, send } from "./send.js";
import { agoWords } from "./times.js";
import { pageOf } from "./videos-card.js";
import { ownerWords } from "./videos-texts.js";

/**
 * @typedef {import("./videos-texts.js").Video} Video
 * @typedef {Pick<Video, "id" | "title" | "is_held">} Shown
 * @typedef {{id: string, video: string, title: string, is_held: boolean, by: string, text: string, at: number}} Report
 */

export class ReportList {
  #reports = new RowList("film");
  #held = new RowList("film");
  element = el("div", { class: "tab-panel" }, el("h2", {}, "Reports"), this.#reports.element, el("h2", {}, "Held videos"), this.#held.element);

  async load() {
    await this.#reports.attempt(async () => {
      const [{ reports }, { videos }] = await Promise.all([get("api/reports"), get("api/videos", { state: "held" })]);
      this.#reports.show(reports, (/** @type {Report} */ one) => this.#row({ id: one.video, title: one.title, is_held: one.is_held }, `${one.by || "Somebody"}, ${agoWords(one.at)}`, one.text), ["No reports", "People report a video from its menu or its page."]);
      this.#held.show(videos, (/** @type {Video} */ video) => this.#row(video, ownerWords(video), ""), ["No held videos", "Only their owners and the admins see them."]);
    });
  }

  /**
   * @param {Shown} video
   * @param {string} note
   * @param {string} text
   */
  #row(video, note, text) {
    const path = `api/videos/${encodeURIComponent(video.id)}`;
    const hold = video.is_held ? "release" : "hold";
    return el(
      "li",
      {},
      el("span", { class: "avatar", "aria-hidden": "true" }, icon("film")),
      el(
        "div",
        { class: "row-text" },
        el("div", { class: "row-title" }, el("a", { class: "link", href: pageOf(/** @type {Video} */ (video)) }, video.title), video.is_held && badge("Held", "bad")),
        text ? el("p", {}, text) : null,
        el("p", { class: "row-note" }, note),
      ),
      el(
        "div",
        { class: "row-end" },
        text !== "" && el("button", { class: "button", type: "button", "aria-label": `Make private: ${video.title}`, onclick: () => void this.#do(() => send("PATCH", path, {}, { visibility: "private" })) }, "Make private"),
        el("button", { class: "button", type: "button", "aria-label": `${video.is_held ? "Release" : "Hold"}: ${video.title}`, onclick: () => void this.#do(() => send("POST", `${path}/${hold}`)) }, video.is_held ? "Release" : "Hold"),
      ),
    );
  }

  /** @param {() => Promise<unknown>} what */
  async #do(what) {
    if (await this.#reports.attempt(what)) await this.load();
  }
}
