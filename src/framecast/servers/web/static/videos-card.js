// One video in the grid: its poster with length and preview, title, owner, views and age, its marks, and what may be done with it.

import { address } from "./api.js";
import { el, say } from "./dom.js";
import { durationWords } from "./duration.js";
import { icon } from "./icons.js";
import { badge, moreButton } from "./row-list.js";
import { agoWords, momentWords } from "./times.js";
import { previewOn } from "./videos-hover.js";
import { marksOf, ownerWords, viewWords, waitingOf } from "./videos-texts.js";

/** @typedef {import("./videos-texts.js").Video} Video */

/** The address of the page of a video. @param {Video} video @param {string} [list] of a playlist */
export function pageOf(video, list = "") {
  return address(`videos/${encodeURIComponent(video.id)}`, { list });
}

export class VideoCard {
  video;
  #picture = el("span", { class: "video-picture" });
  #length = el("span", { class: "video-length" });
  #veil = el("span", { class: "veil", hidden: true });
  #bar = /** @type {HTMLProgressElement} */ (el("progress", { max: "1", hidden: true }));
  #poster = el("a", { class: "video-poster", tabindex: "-1", "aria-hidden": "true" }, this.#picture, this.#length, this.#veil);
  #title = el("a", {});
  #note = el("p", { class: "video-note" });
  #marks = el("p", { class: "video-marks" });
  #check = /** @type {HTMLInputElement} */ (el("input", { type: "checkbox" }));
  #shown = "";
  #more;
  element;

  /**
   * @param {Video} video
   * @param {{onMenu: (button: HTMLElement, video: Video) => void, onSelect: () => void, onTag: (tag: string) => void}} actions
   */
  constructor(video, { onMenu, onSelect, onTag }) {
    this.video = video;
    this.#more = moreButton("More", (button) => onMenu(button, this.video));
    this.#check.addEventListener("change", () => onSelect());
    this.onTag = onTag;
    previewOn(this.#poster, () => this.video);
    this.element = el(
      "li",
      { class: "video-card" },
      el("div", { class: "video-top" }, this.#poster, this.#bar, el("label", { class: "video-check" }, this.#check)),
      el("div", { class: "video-foot" }, el("div", { class: "video-text" }, el("h3", { class: "video-title" }, this.#title), this.#note, this.#marks), this.#more),
    );
    this.show(video);
  }

  get isSelected() {
    return this.#check.checked;
  }

  set isSelected(yes) {
    this.#check.checked = yes;
  }

  focus() {
    this.#title.focus();
  }

  /** @param {Video} video */
  show(video) {
    this.video = video;
    this.#age();
    const text = JSON.stringify(video);
    if (text === this.#shown) return;
    this.#shown = text;
    this.element.dataset.state = video.state;
    for (const link of [this.#poster, this.#title]) link.setAttribute("href", pageOf(video));
    say(this.#title, video.title);
    this.#title.title = video.title;
    this.#more.ariaLabel = `More for ${video.title}`;
    this.#check.ariaLabel = `Select ${video.title}`;
    /** @type {HTMLElement} */ (this.#check.parentElement).hidden = !video.may_edit;
    say(this.#length, video.duration_s ? durationWords(video.duration_s) : "");
    this.#showPicture(video);
    this.#showWaiting(video);
    const tags = video.tags.slice(0, 3).map((tag) => el("button", { class: "video-tag", type: "button", "aria-label": `Videos with the tag ${tag}`, onclick: () => this.onTag(tag) }, `#${tag}`));
    this.#marks.replaceChildren(...marksOf(video).map(([words, kind]) => badge(words, kind)), ...tags);
  }

  /** @param {Video} video */
  #showPicture({ media, width, height }) {
    const url = media?.poster ? media.base + media.poster : "";
    const before = this.#picture.firstElementChild;
    if (before instanceof HTMLImageElement && before.getAttribute("src") === url) return;
    const isTall = Boolean(width && height && height > width);
    this.#picture.replaceChildren(url ? el("img", { src: url, alt: "", loading: "lazy", decoding: "async", class: isTall ? "is-tall" : "" }) : icon("film"));
  }

  /** @param {Video} video */
  #showWaiting(video) {
    const waiting = waitingOf(video);
    this.#veil.hidden = waiting === null;
    this.#bar.hidden = waiting === null || waiting.part === null;
    if (!waiting) return;
    this.#bar.value = waiting.part ?? 0;
    this.#bar.ariaLabel = `${waiting.words}: ${video.title}`;
    this.#veil.replaceChildren(el("strong", {}, waiting.words), waiting.note ? el("span", { class: "video-reason" }, waiting.note) : "");
    this.#veil.dataset.kind = video.state === "failed" ? "bad" : "";
  }

  #age() {
    const { video } = this;
    const at = video.published_at ?? video.created_at;
    const time = el("time", { datetime: new Date(at * 1000).toISOString(), title: momentWords(at) }, agoWords(at));
    const before = [ownerWords(video), video.media ? viewWords(video.views) : ""].filter(Boolean).join(" · ");
    const words = `${before} ${time.textContent}`;
    if (this.#note.dataset.words === words) return;
    this.#note.dataset.words = words;
    this.#note.replaceChildren(before, before ? " · " : "", time);
  }
}

/** A card while the list is on its way. */
export function skeleton() {
  return el("li", { class: "video-card is-skeleton", "aria-hidden": "true" }, el("div", { class: "video-top" }), el("div", { class: "video-foot" }, el("span", {}), el("span", {})));
}
