// <framecast-videos>: the library. Tabs for videos and playlists; uploads by drag and drop anywhere on the page.

import { address } from "./api.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { Menu } from "./menu.js";
import { Playlists } from "./playlists.js";
import { get } from "./send.js";
import { Tabs } from "./tabs.js";
import { changeVisibility, deleteVideos, itemsOf } from "./videos-actions.js";
import { addToPlaylist } from "./playlist-sheet.js";
import { VideosBar } from "./videos-bar.js";
import { followVideos } from "./videos-feed.js";
import { VideosGrid } from "./videos-grid.js";
import { isFiltered, queryIn, searchOf } from "./videos-query.js";
import { VideosUpload } from "./videos-upload.js";
import { countWords } from "./words.js";

/** @typedef {import("./videos-texts.js").Video} Video */
/** @typedef {import("./videos-query.js").Query} Query */

class FramecastVideos extends HTMLElement {
  #query = queryIn(location.search);
  #menu = new Menu();
  #upload = new VideosUpload();
  #bar = new VideosBar(this.#query, (query) => this.#show(query));
  #grid = new VideosGrid(this.#query, {
    onMenu: (button, video) => void this.#openMenu(button, video),
    onSelect: () => this.#showSelection(),
    onTag: (tag) => this.#show({ ...this.#query, tag }),
  });
  #empty = el("section", { class: "card empty videos-empty", hidden: true });
  #selection = el("div", { class: "card selection", role: "region", "aria-label": "Selected videos", hidden: true });
  #manage = el("a", { class: "button", href: address("videos/manage"), hidden: true }, "Manage");
  #playlists = new Playlists();
  #tabs = new Tabs([
    ["videos", "Videos", { element: el("div", { class: "tab-panel" }, this.#bar.element, this.#grid.element, this.#empty), load: () => this.#load() }],
    ["playlists", "Playlists", this.#playlists],
  ]);
  #isAdmin = false;
  #isKnown = false;
  /** What this person may do is known. @type {Promise<void>} */
  #asked = Promise.resolve();
  #stop = () => {};

  connectedCallback() {
    this.replaceChildren(
      el("div", { class: "page-head" }, el("h1", {}, "Videos"), el("div", { class: "page-actions" }, this.#manage, this.#upload.button)),
      this.#tabs.bar,
      this.#tabs.panel,
      this.#selection,
      this.#menu.element,
    );
    this.#upload.button.hidden = true;
    this.#upload.onStored = () => void this.#grid.refresh(new Set());
    this.#upload.start(this);
    this.#grid.onVideo = (video) => this.#upload.follow(video);
    this.#grid.onCount = (count) => this.#showEmpty(count);
    this.#tabs.start();
    this.#asked = this.#ask();
    void this.#asked.then(() => this.#listen());
    addEventListener("popstate", this.#onBack);
    addEventListener("keydown", this.#onKey);
  }

  disconnectedCallback() {
    this.#stop();
    this.#tabs.stop();
    removeEventListener("popstate", this.#onBack);
    removeEventListener("keydown", this.#onKey);
  }

  #listen() {
    if (!this.isConnected) return;
    this.#stop = followVideos((ids) => void this.#grid.refresh(ids).then(() => this.#showSelection()), this.#isKnown);
  }

  /** Ask what this person may do. */
  async #ask() {
    const library = await get("api/library").catch(() => null);
    this.#upload.library = library;
    this.#isAdmin = this.#isKnown = false;
    if (library) [this.#isAdmin, this.#isKnown] = [Boolean(library.is_admin), true];
    this.#manage.hidden = !this.#isAdmin;
    this.#playlists.mayMake = this.#upload.mayUpload;
    this.#showEmpty(this.#grid.videos.length);
  }

  /**
   * Open the menu of a video; right after the page has come, once it is known what belongs into it.
   * @param {HTMLElement} button
   * @param {Video} video
   */
  async #openMenu(button, video) {
    await this.#asked;
    if (!button.isConnected) return;
    const actions = { isAdmin: this.#isAdmin, isKnown: this.#isKnown, onSelect: () => this.#select(video), onChanged: (/** @type {Video[]} */ videos) => void this.#changed(videos) };
    this.#menu.open(button, video.title, itemsOf(video, actions));
  }

  /** @returns {Promise<void>} */
  async #load() {
    await this.#grid.load(this.#query);
    this.#showSelection();
  }

  /** Show what another query finds. @param {Query} query */
  #show(query) {
    const isTyped = query.q !== this.#query.q;
    this.#query = query;
    this.#bar.show(query);
    const place = location.pathname + searchOf(query);
    if (isTyped) history.replaceState(null, "", place);
    else history.pushState(null, "", place);
    this.#grid.unselect();
    void this.#load();
  }

  #onBack = () => {
    this.#query = queryIn(location.search);
    this.#bar.show(this.#query);
    void this.#load();
  };

  /** @param {KeyboardEvent} event */
  #onKey = (event) => {
    const isTyping = /** @type {Element} */ (event.target).closest?.("input, textarea, select, dialog, [popover]");
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && !this.#selection.hidden) {
      this.#grid.unselect();
      this.#showSelection();
    }
    if (event.key !== "/") return;
    event.preventDefault();
    this.#bar.focus();
  };

  /** @param {Video[]} videos */
  async #changed(videos) {
    await this.#grid.refresh(new Set(videos.map((video) => video.id)));
    this.#showSelection();
  }

  /** @param {number} count */
  #showEmpty(count) {
    this.#empty.hidden = count > 0 || this.#grid.isWrong || !this.#grid.isLoaded;
    if (this.#empty.hidden) return;
    const all = el("button", { class: "button", type: "button", onclick: () => this.#show(queryIn("")) }, "Show all");
    const choose = el("button", { class: "button primary", type: "button", onclick: () => this.#upload.choose() }, icon("upload"), "Choose files");
    if (isFiltered(this.#query)) this.#empty.replaceChildren(el("div", { class: "empty-sign" }, icon("search")), el("h2", {}, "No video matches"), el("p", {}, "Search for other words, or remove a filter."), all);
    else if (this.#upload.mayUpload) this.#empty.replaceChildren(el("div", { class: "empty-sign" }, icon("film")), el("h2", {}, "No videos yet"), el("p", {}, "Drop video files anywhere on this page. They play as soon as they are uploaded and checked, and only you see them until you say otherwise."), choose);
    else this.#empty.replaceChildren(el("div", { class: "empty-sign" }, icon("film")), el("h2", {}, "No videos yet"), el("p", {}, "Videos that you may see appear here."));
  }

  /** @param {Video} video */
  #select(video) {
    this.#grid.select(video);
    this.#showSelection();
  }

  #showSelection() {
    const videos = this.#grid.selected;
    this.#selection.hidden = videos.length === 0;
    if (videos.length === 0) return;
    const done = (/** @type {Video[]} */ changed) => {
      this.#grid.unselect();
      void this.#changed(changed);
    };
    const tools = /** @type {[string, () => void][]} */ ([
      ["Visibility …", () => changeVisibility(videos, done)],
      ["Add to a playlist …", () => void addToPlaylist(videos)],
      ["Delete", () => void deleteVideos(videos, done)],
      ["Cancel", () => (this.#grid.unselect(), this.#showSelection())],
    ]);
    this.#selection.replaceChildren(el("strong", { role: "status" }, `${countWords(videos.length, "video", "videos")} selected`), ...tools.map(([words, run]) => el("button", { class: words === "Delete" ? "button grave" : "button", type: "button", onclick: run }, words)));
  }
}

customElements.define("framecast-videos", FramecastVideos);
