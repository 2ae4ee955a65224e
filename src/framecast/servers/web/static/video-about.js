// What stands about a video below its player: title, owner, views, description, tags, facts.

import { address } from "./api.js";
import { el, say } from "./dom.js";
import { durationWords } from "./duration.js";
import { agoWords, momentWords } from "./times.js";
import { placeOf } from "./video-player.js";
import { descriptionParts } from "./video-place.js";
import { ownerWords, percent, sizeWords, viewWords, visibilityWord } from "./videos-texts.js";
import { trim } from "./words.js";

/** @typedef {import("../video/item-words.js").Item} Item */

const SHORT_LINES = 4;
const SHORT_LETTERS = 320;

export class VideoAbout {
  title = el("h1", { class: "watch-title" });
  #note = el("p", { class: "watch-note" });
  #text = el("div", { class: "watch-text", id: "watch-text" });
  #more = el("button", { class: "link strong", type: "button", "aria-controls": "watch-text", "aria-expanded": "false", hidden: true }, "Show more");
  #tags = el("div", { class: "watch-tags" });
  about = el("section", { class: "card watch-about", "aria-label": "Description" }, this.#text, this.#more, this.#tags);
  #list = el("dl", { class: "watch-facts" });
  facts = el("section", { class: "card watch-side-card" }, el("h2", {}, "Details"), this.#list);
  #shown = "";

  /** @param {(at: number) => void} onPlace somebody wants to see a place that the description names */
  constructor(onPlace) {
    this.onPlace = onPlace;
    this.#more.addEventListener("click", () => this.#unfold(this.#more.getAttribute("aria-expanded") !== "true"));
  }

  get note() {
    return this.#note;
  }

  /** @param {Item} item */
  show(item) {
    say(this.title, item.title);
    const at = item.published_at ?? item.created_at;
    const owner = ownerWords(/** @type {any} */ (item));
    this.#note.title = momentWords(at);
    say(this.#note, [owner, item.state === "ready" ? viewWords(item.views) : "", agoWords(at)].filter(Boolean).join(" · "));
    const key = JSON.stringify([item.description, item.tags]);
    if (key !== this.#shown) {
      this.#shown = key;
      this.#showText(item);
    }
    this.about.hidden = !item.description && item.tags.length === 0;
    this.#list.replaceChildren(...factsOf(item).flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
  }

  /** @param {Item} item */
  #showText({ description, tags }) {
    this.#text.replaceChildren(...descriptionParts(description).map((part) => this.#part(part)));
    this.#text.hidden = description === "";
    const isLong = description.length > SHORT_LETTERS || description.split("\n").length > SHORT_LINES;
    this.#more.hidden = !isLong;
    this.#unfold(false);
    this.#text.classList.toggle("is-short", isLong);
    this.#tags.replaceChildren(...tags.map((tag) => el("a", { class: "chip", href: address("videos", { tag }) }, tag)));
    this.#tags.hidden = tags.length === 0;
  }

  /** @param {{text: string} | {href: string} | {place: string}} part */
  #part(part) {
    if ("text" in part) return part.text;
    if ("href" in part) return el("a", { href: part.href, rel: "noopener noreferrer nofollow ugc", target: "_blank" }, part.href);
    return el("button", { class: "link strong", type: "button", onclick: () => this.onPlace(placeOf(part.place)) }, part.place);
  }

  /** @param {boolean} isWhole */
  #unfold(isWhole) {
    this.#more.setAttribute("aria-expanded", String(isWhole));
    this.#text.classList.toggle("is-short", !isWhole);
    say(this.#more, isWhole ? "Show less" : "Show more");
  }
}

/** @param {Item} item @returns {[string, string][]} */
function factsOf(item) {
  const { width, height, fps, duration_s: length, size } = item;
  /** @type {[string, string][]} */
  const rows = [
    ["Length", length ? durationWords(length) : ""],
    ["Picture", width && height ? `${width} × ${height}${fps ? `, ${trim(fps)} fps` : ""}` : ""],
    ["Better qualities", item.media && item.state === "ready" && item.progress !== null ? percent(item.progress) : ""],
    ["Original", size ? sizeWords(size) : ""],
    ["File", item.filename],
    ["Who may see it", item.may_edit ? visibilityWord(item.visibility) : ""],
    ["Uploaded", momentWords(item.created_at)],
  ];
  return rows.filter(([, value]) => value !== "");
}
