// <framecast-video-page>: the page of one video: player, title, actions, description, details, and the playlist from which it was opened.

import { address, base } from "./api.js";
import { el, say } from "./dom.js";
import { icon } from "./icons.js";
import { Menu } from "./menu.js";
import { RoomSide } from "./room-side.js";
import { get, send } from "./send.js";
import { VideoAbout } from "./video-about.js";
import { VideoList } from "./video-list.js";
import { videoHere } from "./video-place.js";
import { choosePoster, editSubtitles } from "./video-parts.js";
import "./video-player.js";
import { shareVideo } from "./video-share.js";
import { waysTogether } from "./video-together.js";
import { attempt, itemsOf, pathOf } from "./videos-actions.js";
import { editVideo } from "./videos-edit.js";
import { sentence } from "./words.js";

/**
 * @typedef {import("../video/item-words.js").Item} Item
 * @typedef {import("./video-player.js").FramecastVideo} FramecastVideo
 */

const KEYS = [["Space", "play"], ["← →", "5 s"], ["j l", "10 s"], ["m", "sound"], ["c", "subtitles"], ["f", "fullscreen"], ["t", "theatre"], ["?", "all keys"]];
const THEATRE = "framecast-video-theatre";

class FramecastVideoPage extends HTMLElement {
  #here = videoHere(location.href, base.href);
  #player = /** @type {FramecastVideo} */ (el("framecast-video", { preload: "auto", "page-keys": true, "theatre-button": true }));
  #about = new VideoAbout((at) => this.#playFrom(at));
  #list = new VideoList();
  #chat = new RoomSide(`video:${this.#here.id}`, this.#player, this.#here.query.get("token") ?? "");
  #menu = new Menu();
  #notice = el("div", { class: "notice watch-notice", role: "status", hidden: true });
  #share = action("screen", "Share", () => this.#item && shareVideo(this.#item, this.#player.currentTime));
  #together = action("people", "Watch together", () => this.#openTogether());
  #download = /** @type {HTMLAnchorElement} */ (el("a", { class: "button", href: address(`api/videos/${encodeURIComponent(this.#here.id)}/download`) }, icon("down"), el("span", {}, "Download")));
  #edit = action("edit", "Edit", () => this.#item && editVideo(this.#item, () => void this.#player.reload()));
  #more = action("more", "More", () => this.#openMenu());
  #body = el("div", { class: "watch-body" });
  /** @type {Item | null} */
  #item = null;
  #isAdmin = false;
  #isKnown = false;

  connectedCallback() {
    this.#fill();
    const { id, query } = this.#here;
    if (query.get("t")) this.#player.start = query.get("t") ?? "";
    if (query.get("token")) this.#player.token = query.get("token") ?? "";
    this.#player.theatre = remembered();
    this.#player.addEventListener("item", () => this.#show());
    this.#player.addEventListener("away", (event) => this.#fail(/** @type {CustomEvent} */ (event).detail));
    this.#player.addEventListener("theatre", () => remember(this.#player.theatre));
    for (const where of /** @type {const} */ (["next", "previous"])) this.#player.addEventListener(where, () => this.#go(where));
    this.#player.addEventListener("ended", () => this.#go("next"));
    this.#player.src = id;
    void this.#learn();
    this.#chat.onRoom = (room) => this.#watchWith(room);
    void this.#chat.start().then(() => this.#item && this.#show());
    void this.#list.load(query.get("list") ?? "", id).then(() => this.#showNeighbours());
  }

  #fill() {
    for (const button of [this.#more, this.#together]) button.setAttribute("aria-haspopup", "menu");
    const keys = KEYS.flatMap(([key, word]) => [el("kbd", {}, key), ` ${word}`]);
    const actions = el("div", { class: "watch-actions" }, this.#together, this.#share, this.#download, this.#edit, this.#more);
    this.#body.replaceChildren(
      el("div", { class: "watch-player" }, this.#player),
      el("div", { class: "watch-main" }, this.#notice, el("div", { class: "watch-head" }, el("div", {}, this.#about.title, this.#about.note), actions), this.#about.about, el("p", { class: "stream-keys watch-keys" }, ...keys)),
      el("aside", { class: "watch-side", "aria-label": "More" }, this.#chat.element, this.#list.element, this.#about.facts),
    );
    this.replaceChildren(this.#body, this.#menu.element);
  }

  /** What this browser may do; somebody who has not signed in may watch what is public. */
  async #learn() {
    const library = await get("api/library").catch(() => null);
    [this.#isAdmin, this.#isKnown] = [Boolean(library?.is_admin), library !== null];
    if (this.#item) this.#show();
  }

  #show() {
    const item = (this.#item = this.#player.item);
    if (!item) return;
    document.title = `${item.title} · Framecast`;
    this.#body.hidden = false;
    this.#about.show(item);
    this.#edit.hidden = !item.may_edit || item.deleted_at !== null;
    this.#download.hidden = !item.media?.download || item.deleted_at !== null;
    this.#share.hidden = item.deleted_at !== null;
    this.#together.hidden = this.#chat.element.hidden || !this.#isKnown || item.deleted_at !== null || !item.media;
    this.#more.hidden = this.#items(item).length === 0;
    this.#showNotice(item);
  }

  /** What the owner can do about a video that cannot be watched as it is. @param {Item} item */
  #showNotice(item) {
    const parts = noticeOf(item, this.#isAdmin, (act) => void attempt(() => act, () => void this.#player.reload()));
    this.#notice.hidden = parts.length === 0;
    this.#notice.classList.toggle("bad", item.state === "failed");
    const key = `${item.state} ${item.is_held} ${item.deleted_at} ${item.reason} ${this.#isAdmin}`;
    if (this.#notice.dataset.shown === key) return;
    this.#notice.dataset.shown = key;
    this.#notice.replaceChildren(...parts);
  }

  /** @param {Item} item @returns {import("./menu.js").Item[]} */
  #items(item) {
    const video = /** @type {import("./videos-texts.js").Video} */ (item);
    const known = itemsOf(video, { isAdmin: this.#isAdmin, isKnown: this.#isKnown, onChanged: () => void this.#player.reload() });
    const shown = known.filter((one) => !["Edit …", "Download"].includes(one.words));
    if (!item.may_edit || !item.media) return shown;
    const poster = { words: "Use this picture as the poster …", run: () => choosePoster(item, this.#player.currentTime, this.#player.video, () => void this.#player.reload()) };
    return [poster, { words: "Subtitles …", run: () => editSubtitles(item, () => void this.#player.reload()) }, ...shown];
  }

  #openMenu() {
    if (this.#item) this.#menu.open(this.#more, "More", this.#items(this.#item));
  }

  /** If others in the room of this video watch it together, this page can join them. @param {import("./room.js").FramecastRoom | null} room */
  #watchWith(room) {
    this.querySelector("framecast-watch")?.remove();
    if (!room) return;
    const watch = /** @type {import("./room.js").FramecastWatch} */ (el("framecast-watch", { hidden: true }));
    this.#notice.before(watch);
    void watch.join(room, this.#player);
  }

  #openTogether() {
    if (this.#item) this.#menu.open(this.#together, "Watch together", waysTogether(this.#item, () => this.#player.currentTime, attempt));
  }

  /** @param {{status: number, words: string}} detail */
  #fail({ status, words }) {
    if (status === 401) return location.assign(address("login", { next: `videos/${this.#here.id}` }));
    if (status !== 404 && status !== 403) return;
    this.#item = null;
    document.title = "Video · Framecast";
    const gone = el("div", { class: "watch-gone" }, el("h1", {}, "This video is not here"), el("p", { class: "muted" }, sentence(words)), el("a", { class: "button primary", href: address("videos") }, "All videos"));
    this.replaceChildren(gone, this.#menu.element);
  }

  #showNeighbours() {
    this.#player.toggleAttribute("has-next", this.#list.next !== null);
    this.#player.toggleAttribute("has-previous", this.#list.previous !== null);
  }

  /** @param {"next" | "previous"} where */
  #go(where) {
    const to = this.#list.addressOf(this.#list[where]);
    if (to) location.assign(to);
  }

  /** @param {number} at */
  #playFrom(at) {
    this.#player.do("seek", at);
    if (this.#player.state !== "playing") this.#player.do("play");
    this.#player.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }
}

/**
 * Words and buttons for what stands in the way.
 * @param {Item} item
 * @param {boolean} isAdmin
 * @param {(done: Promise<unknown>) => void} onDone
 */
function noticeOf(item, isAdmin, onDone) {
  const video = /** @type {import("./videos-texts.js").Video} */ (item);
  const button = (/** @type {string} */ words, /** @type {string} */ act) => el("button", { class: "button", type: "button", onclick: () => onDone(send("POST", `${pathOf(video)}/${act}`)) }, words);
  if (item.deleted_at !== null) return [el("p", {}, "This video is deleted. It can be restored while it is in the bin."), ...(item.may_edit ? [button("Restore", "restore")] : [])];
  if (item.state === "failed" && item.may_edit) return failureOf(video, button);
  if (item.is_held) return [el("p", {}, "An admin holds this video back: only its owner and the admins see it."), ...(isAdmin ? [button("Release", "release")] : [])];
  if (item.may_edit && ["checking", "processing"].includes(item.state)) return [el("p", {}, "You can leave this page: processing goes on."), button("Stop processing", "cancel")];
  return [];
}

/**
 * What can be done about a video that has failed; the player says why. A file that was refused is not kept.
 * @param {import("./videos-texts.js").Video} video
 * @param {(words: string, act: string) => HTMLElement} button
 */
function failureOf(video, button) {
  if (!video.size) return [el("p", {}, "The file was not kept: delete this video, and upload it in another format.")];
  return [el("p", {}, "Process it again, or upload it in another format."), button("Process again", "retry")];
}

/**
 * @param {string} sign
 * @param {string} words
 * @param {() => void} run
 */
function action(sign, words, run) {
  return /** @type {HTMLButtonElement} */ (el("button", { class: "button", type: "button", onclick: run }, icon(sign), el("span", {}, words)));
}

function remembered() {
  try {
    return localStorage.getItem(THEATRE) === "1";
  } catch {
    return false;
  }
}

/** @param {boolean} isOn */
function remember(isOn) {
  try {
    localStorage.setItem(THEATRE, isOn ? "1" : "0");
  } catch {
    // The page may not keep anything.
  }
}

customElements.define("framecast-video-page", FramecastVideoPage);
