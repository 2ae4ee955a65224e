// The grid: pages of videos, one after another as one scrolls; cards that change in place when their videos do.

import { el, say } from "./dom.js";
import { button } from "./form-field.js";
import { get, wordsOf } from "./send.js";
import { ServerError } from "./api.js";
import { skeleton, VideoCard } from "./videos-card.js";
import { isNewestFirst } from "./videos-query.js";

/**
 * @typedef {import("./videos-texts.js").Video} Video
 * @typedef {import("./videos-query.js").Query} Query
 * @typedef {ConstructorParameters<typeof VideoCard>[1]} CardActions
 */

const PAGE = 48;
const SKELETONS = 8;
const AGAIN_MS = 5000;
/** More changed videos than this at once are read as a list. */
const MOST_SINGLE = 8;

export class VideosGrid {
  /** Called with each video as the server has it now. @type {(video: Video) => void} */
  onVideo = () => {};
  /** Called with the number of cards after each change. @type {(count: number) => void} */
  onCount = () => {};
  /** @type {Map<string, VideoCard>} */
  #cards = new Map();
  #list = el("ul", { class: "video-grid", "aria-label": "Videos" });
  #wrong = el("p", { class: "notice bad", role: "alert", hidden: true });
  #more = button("Show more", () => void this.#loadMore(), "button more-rows");
  #end = el("div", { class: "video-end" }, this.#more);
  #next = "";
  #asked = 0;
  #retry = 0;
  #isLoading = false;
  /** @type {Query} */
  #query;
  #actions;
  element = el("div", { class: "video-box" }, this.#wrong, this.#list, this.#end);

  /**
   * @param {Query} query
   * @param {CardActions} actions
   */
  constructor(query, actions) {
    this.#query = query;
    this.#actions = actions;
    this.#more.hidden = true;
    const seen = new IntersectionObserver((entries) => entries.some((one) => one.isIntersecting) && void this.#loadMore(), { rootMargin: "600px" });
    seen.observe(this.#end);
  }

  /** True while the list could not be read. */
  get isWrong() {
    return !this.#wrong.hidden;
  }

  /** True after the first answer. */
  isLoaded = false;

  get selected() {
    return [...this.#cards.values()].filter((card) => card.isSelected).map((card) => card.video);
  }

  /** @param {Video} video */
  select(video) {
    const card = this.#cards.get(video.id);
    if (card) card.isSelected = true;
  }

  unselect() {
    for (const card of this.#cards.values()) card.isSelected = false;
  }

  /** The videos that are shown, first to last. */
  get videos() {
    return [...this.#cards.values()].map((card) => card.video);
  }

  /** Show what a query finds. @param {Query} query */
  async load(query) {
    this.#query = query;
    const mine = ++this.#asked;
    if (this.#cards.size === 0) this.#list.replaceChildren(...Array.from({ length: SKELETONS }, skeleton));
    this.#list.ariaBusy = "true";
    try {
      const { videos, next } = await this.#page("");
      if (mine !== this.#asked) return; // a later query
      this.#next = next ?? "";
      this.#fail("");
      this.#fill(videos);
    } catch (error) {
      if (mine === this.#asked) this.#failed(error);
    } finally {
      if (mine === this.#asked) this.#list.ariaBusy = "false";
    }
  }

  /** These have changed; none: any may have. @param {Set<string>} ids */
  async refresh(ids) {
    const unknown = [...ids].some((id) => !this.#cards.has(id));
    if (ids.size === 0 || ids.size > MOST_SINGLE || (unknown && !isNewestFirst(this.#query))) return this.#again();
    await Promise.all([...ids].map((id) => this.#one(id)));
  }

  /** Take these out of the grid. @param {Video[]} videos */
  remove(videos) {
    const [first] = videos.map((video) => this.#cards.get(video.id)?.element.nextElementSibling).filter(Boolean);
    for (const { id } of videos) {
      this.#cards.get(id)?.element.remove();
      this.#cards.delete(id);
    }
    const next = [...this.#cards.values()].find((card) => card.element === first) ?? [...this.#cards.values()].at(-1);
    if (document.activeElement === document.body) next?.focus();
    this.onCount(this.#cards.size);
  }

  /** @param {string} after */
  #page(after) {
    const { q, owner, tag, state, sort } = this.#query;
    return get("api/videos", { q: q.trim(), owner, tag, state, sort, after, most: PAGE });
  }

  /** Read as many as are shown. */
  async #again() {
    const mine = ++this.#asked;
    const wanted = Math.max(PAGE, this.#cards.size);
    /** @type {Video[]} */
    const found = [];
    let next = "";
    try {
      do {
        const page = await this.#page(next);
        found.push(...page.videos);
        next = page.next ?? "";
      } while (next && found.length < wanted && mine === this.#asked);
      if (mine !== this.#asked) return;
      this.#next = next;
      this.#fail("");
      this.#fill(found);
    } catch (error) {
      if (mine === this.#asked) this.#failed(error);
    }
  }

  /** @param {string} id */
  async #one(id) {
    try {
      const video = /** @type {Video} */ (await get(`api/videos/${encodeURIComponent(id)}`));
      const card = this.#cards.get(id);
      if (video.deleted_at) this.remove([video]);
      else if (card) this.#showAgain(card, video);
      else if (video.is_mine || video.visibility !== "unlisted") this.#fill([video, ...this.videos]);
    } catch (error) {
      const known = this.#cards.get(id);
      if (known && error instanceof ServerError && error.status === 404) this.remove([known.video]);
    }
  }

  /**
   * @param {VideoCard} card
   * @param {Video} video
   */
  #showAgain(card, video) {
    card.show(video);
    this.onVideo(video);
  }

  async #loadMore() {
    if (!this.#next || this.#isLoading) return;
    const mine = this.#asked;
    this.#isLoading = true;
    try {
      const { videos, next } = await this.#page(this.#next);
      if (mine !== this.#asked) return;
      this.#next = next ?? "";
      this.#fill([...this.videos, ...videos]);
      this.#fail("");
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#isLoading = false;
    }
  }

  /** Show exactly these, in this order; cards stay where they can. @param {Video[]} videos */
  #fill(videos) {
    /** @type {Map<string, VideoCard>} */
    const cards = new Map();
    for (const video of videos) {
      const card = this.#cards.get(video.id) ?? new VideoCard(video, this.#actions);
      card.show(video);
      this.onVideo(video);
      cards.set(video.id, card);
    }
    const wanted = [...cards.values()].map((card) => card.element);
    const kept = new Set(/** @type {Element[]} */ (wanted));
    for (const old of [...this.#list.children]) if (!kept.has(old)) old.remove();
    wanted.forEach((element, place) => {
      if (this.#list.children[place] !== element) this.#list.insertBefore(element, this.#list.children[place] ?? null);
    });
    this.#cards = cards;
    this.isLoaded = true;
    this.#more.hidden = !this.#next;
    this.onCount(cards.size);
  }

  /** @param {unknown} error */
  #failed(error) {
    if (this.#cards.size === 0) this.#list.replaceChildren();
    const mayPass = error instanceof ServerError && (error.status === 0 || error.status >= 500);
    this.#fail(mayPass ? `${wordsOf(error)} The page tries again by itself.` : wordsOf(error));
    clearTimeout(this.#retry);
    if (mayPass) this.#retry = setTimeout(() => void this.#again(), AGAIN_MS);
    this.onCount(this.#cards.size);
  }

  /** @param {string} words */
  #fail(words) {
    this.#wrong.hidden = words === "";
    say(this.#wrong, words);
  }
}
