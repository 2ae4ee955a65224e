// The tab "Playlists": all that one may see, and one of them with its videos in their order. A playlist stands in the fragment: #playlists/ID.

import { confirmed } from "./confirm.js";
import { el } from "./dom.js";
import { durationWords } from "./duration.js";
import { icon } from "./icons.js";
import { Menu } from "./menu.js";
import { editPlaylist, playlistPath } from "./playlist-sheet.js";
import { badge, moreButton, RowList } from "./row-list.js";
import { get, send, wordsOf } from "./send.js";
import { toast } from "./toast.js";
import { tool } from "./upload-row.js";
import { pageOf } from "./videos-card.js";
import { ownerWords, visibilityWord } from "./videos-texts.js";
import { Drag } from "./wall-drag.js";
import { countWords } from "./words.js";

/** @typedef {import("./playlist-sheet.js").Playlist} Playlist */
/** @typedef {import("./videos-texts.js").Video} Video */

const FRAGMENT = "#playlists";

export class Playlists {
  #list = new RowList("list");
  #menu = new Menu();
  #head = el("div", { class: "panel-head" });
  /** @type {Playlist | null} */
  #open = null;
  #mayMake = true;
  element = el("div", { class: "tab-panel" }, this.#head, this.#list.element, this.#menu.element);

  constructor() {
    new Drag(this.#list.rows, (item, place) => this.#move(Number(item.dataset.place), place));
  }

  /** Whether this person may make playlists. @param {boolean} yes */
  set mayMake(yes) {
    this.#mayMake = yes;
  }

  async load() {
    const id = decodeURIComponent(location.hash.slice(FRAGMENT.length + 1));
    await this.#list.attempt(async () => {
      this.#open = id ? await get(playlistPath(id)) : null;
      if (this.#open) this.#showOne(this.#open);
      else this.#showAll((await get("api/playlists")).playlists);
    });
  }

  /** @param {Playlist[]} playlists */
  #showAll(playlists) {
    const add = el("button", { class: "button primary", type: "button", onclick: () => editPlaylist(null, (made) => this.#go(made.id)) }, icon("add"), "New playlist");
    this.#head.replaceChildren(el("p", {}, "Videos in an order of your own. They play one after another."), this.#mayMake ? add : "");
    this.#list.show(playlists, (one) => this.#row(one), ["No playlists yet", this.#mayMake ? "Make one, and add videos from their menus." : "They appear here as soon as there are some."]);
  }

  /** @param {Playlist} one */
  #row(one) {
    const more = moreButton(`More for ${one.title}`, (place) => this.#menu.open(place, one.title, this.#itemsOf(one)));
    return el(
      "li",
      {},
      el("span", { class: "avatar", "aria-hidden": "true" }, icon("list")),
      el(
        "div",
        { class: "row-text" },
        el("div", { class: "row-title" }, el("a", { class: "link", href: `${FRAGMENT}/${encodeURIComponent(one.id)}` }, one.title), one.visibility !== "public" && badge(visibilityWord(one.visibility))),
        el("p", { class: "row-note" }, [countWords(one.count, "video", "videos"), ownerWords(/** @type {any} */ (one))].filter(Boolean).join(" · ")),
      ),
      one.may_edit && el("div", { class: "row-end" }, more),
    );
  }

  /** @param {Playlist} one @returns {import("./menu.js").Item[]} */
  #itemsOf(one) {
    return [
      { words: "Edit …", run: () => editPlaylist(one, () => void this.load()) },
      { words: "Delete …", isGrave: true, run: () => void this.#delete(one) },
    ];
  }

  /** @param {Playlist} one */
  async #delete(one) {
    if (!(await confirmed(`Delete the playlist “${one.title}”?`, "Its videos stay.", "Delete"))) return;
    if (await this.#list.attempt(() => send("DELETE", playlistPath(one.id)))) this.#go("");
  }

  /** @param {Playlist} playlist */
  #showOne(playlist) {
    const videos = playlist.videos ?? [];
    const first = videos.find((video) => video.media);
    const more = moreButton(`More for ${playlist.title}`, (place) => this.#menu.open(place, playlist.title, this.#itemsOf(playlist)));
    this.#head.replaceChildren(
      el(
        "div",
        { class: "playlist-head" },
        el("a", { class: "button icon-button", href: FRAGMENT, "aria-label": "All playlists", title: "All playlists" }, icon("before")),
        el("div", {}, el("h2", {}, playlist.title), el("p", {}, [countWords(playlist.count, "video", "videos"), visibilityWord(playlist.visibility)].join(" · "))),
      ),
      el("div", { class: "page-actions" }, first ? el("a", { class: "button primary", href: pageOf(first, playlist.id) }, icon("play"), "Play all") : "", playlist.may_edit ? more : ""),
    );
    this.#list.show(videos, (video) => this.#item(video, playlist, videos.indexOf(video)), ["Nothing in it yet", "Add videos from their menus, or select several of them."]);
  }

  /**
   * @param {Video} video
   * @param {Playlist} playlist
   * @param {number} place
   */
  #item(video, playlist, place) {
    const poster = video.media?.poster ? el("img", { src: video.media.base + video.media.poster, alt: "", loading: "lazy" }) : icon("film");
    const count = playlist.videos?.length ?? 0;
    const up = tool("up", `Move ${video.title} up`, () => this.#move(place, place - 1, "up"));
    const down = tool("down", `Move ${video.title} down`, () => this.#move(place, place + 1, "down"));
    [up, down].forEach((one, at) => one.toggleAttribute("disabled", at === 0 ? place === 0 : place === count - 1));
    const tools = playlist.may_edit && el("div", { class: "row-end" }, up, down, tool("close", `Take ${video.title} out`, () => void this.#save((playlist.videos ?? []).filter((one) => one !== video))));
    return el(
      "li",
      { class: "playlist-item", "data-place": String(place) },
      playlist.may_edit && el("span", { class: "tile-grip", "aria-hidden": "true", title: "Drag to move" }, icon("grip")),
      el("span", { class: "playlist-poster", "aria-hidden": "true" }, poster),
      el(
        "div",
        { class: "row-text" },
        el("div", { class: "row-title" }, el("a", { class: "link", href: pageOf(video, playlist.id) }, video.title)),
        el("p", { class: "row-note" }, [video.duration_s ? durationWords(video.duration_s) : "", ownerWords(video)].filter(Boolean).join(" · ")),
      ),
      tools,
    );
  }

  /**
   * @param {number} from
   * @param {number} to
   * @param {string} [way] the button that was pressed, which keeps the focus
   */
  async #move(from, to, way) {
    const videos = [...(this.#open?.videos ?? [])];
    const [moved] = videos.splice(from, 1);
    videos.splice(to, 0, moved);
    const saving = this.#save(videos);
    const buttons = [...(this.#list.rows.children[to]?.querySelectorAll("button") ?? [])];
    if (way) (buttons.find((one) => one.ariaLabel?.endsWith(` ${way}`) && !one.disabled) ?? buttons.find((one) => !one.disabled))?.focus();
    await saving;
  }

  /** @param {Video[]} videos */
  async #save(videos) {
    const playlist = this.#open;
    if (!playlist) return;
    this.#open = { ...playlist, videos, count: videos.length };
    this.#showOne(this.#open);
    try {
      await send("PATCH", playlistPath(playlist.id), {}, { videos: videos.map((video) => video.id) });
    } catch (error) {
      toast(wordsOf(error));
      await this.load();
    }
  }

  /** @param {string} id "" for all */
  #go(id) {
    const before = location.hash;
    location.hash = id ? `${FRAGMENT}/${encodeURIComponent(id)}` : FRAGMENT;
    if (location.hash === before) void this.load();
  }
}
