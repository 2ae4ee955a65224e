// Uploads of the page: the button, what is dropped, what is wrong with a file before it is sent, and the panel.

import { address } from "./api.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { get, send, wordsOf } from "./send.js";
import { takeDrops } from "./upload-drop.js";
import { takeOver } from "./upload-handover.js";
import { UploadPanel } from "./upload-panel.js";
import { UnfinishedUploads } from "./upload-resume.js";
import { wrongFile } from "./upload-rules.js";
import { UploadTask } from "./upload-task.js";
import { toast } from "./toast.js";
import { editVideo } from "./videos-edit.js";
import { fateOf, sizeWords, VISIBILITIES } from "./videos-texts.js";

/** @typedef {import("./upload-handover.js").Kept} Kept */

/**
 * @typedef {object} Library
 * @property {boolean} [is_admin]
 * @property {boolean} [may_upload]
 * @property {number | null} max_upload
 * @property {number | null} quota
 * @property {number} used
 * @property {number} reserved
 * @property {string[]} extensions
 */

const VISIBILITY_KEY = "framecast.upload-visibility";

export class VideosUpload {
  /** Called when a file is stored. */
  onStored = () => {};
  /** @type {Library | null} */
  #library = null;
  #input = /** @type {HTMLInputElement} */ (el("input", { type: "file", multiple: true, class: "visually-hidden", tabindex: "-1", "aria-hidden": "true" }));
  #panel = new UploadPanel(
    {
      onEdit: (task) => void this.#edit(task),
      hrefOf: (task) => (task.video ? address(`videos/${encodeURIComponent(task.video)}`) : ""),
      onVisibility: (value) => void this.#setVisibility(value),
    },
    this.visibility,
  );
  #unfinished = new UnfinishedUploads(this.#panel, (file, url, handle) => this.#panel.add([new UploadTask(file, { visibility: this.visibility, url, handle })]));
  button = el("button", { class: "button primary", type: "button", onclick: () => this.choose() }, icon("upload"), "Upload");

  constructor() {
    this.#input.addEventListener("change", () => {
      this.add([...(this.#input.files ?? [])].map((file) => ({ file })));
      this.#input.value = "";
    });
    this.#panel.queue.onStored = (task) => {
      this.#panel.announce(`${task.title} is uploaded.`);
      this.onStored();
    };
  }

  /** Put the panel and the overlay into the page. @param {HTMLElement} page */
  start(page) {
    page.append(this.#input, this.#panel.element);
    takeDrops(page, () => this.mayUpload, (dropped) => this.add(dropped));
  }

  /** Go on with uploads that the page before has left, on a page that begins none. @param {HTMLElement} page @param {Kept[]} left */
  goOn(page, left) {
    page.append(this.#panel.element);
    this.#takeOver(left);
  }

  /** @param {Kept[]} left */
  #takeOver(left) {
    const tasks = left.map(({ file, ...choice }) => new UploadTask(file, choice));
    tasks.forEach((task, place) => left[place].isPaused && task.pause());
    if (tasks.length) this.#panel.add(tasks);
  }

  /** What the server says of this person's part of the library; null: nobody is signed in. @param {Library | null} library */
  set library(library) {
    const isFirst = this.#library === null;
    this.#library = library;
    this.button.hidden = !this.mayUpload;
    if (!library) return;
    this.#input.accept = ["video/*", ...library.extensions.map((one) => `.${one.replace(/^\./, "")}`)].join(",");
    if (isFirst && this.mayUpload) void this.#load();
  }

  async #load() {
    this.#takeOver(await takeOver());
    await this.#unfinished.load();
  }

  get mayUpload() {
    return this.#library !== null && this.#library.may_upload !== false;
  }

  /** Who may see what is uploaded next; this browser remembers it. */
  get visibility() {
    try {
      const kept = localStorage.getItem(VISIBILITY_KEY) ?? "";
      return VISIBILITIES.some(([value]) => value === kept) ? kept : VISIBILITIES[0][0];
    } catch {
      return VISIBILITIES[0][0];
    }
  }

  set visibility(value) {
    try {
      localStorage.setItem(VISIBILITY_KEY, value);
    } catch {
      // The next page asks again.
    }
  }

  /** Let a person choose files. */
  choose() {
    this.#input.click();
  }

  /**
   * Upload files. Those that cannot be uploaded stand in the panel with the reason; they stop no other.
   * @param {import("./upload-drop.js").Dropped[]} dropped
   */
  add(dropped) {
    const limits = this.#library;
    if (!limits || dropped.length === 0) return;
    const known = new Set(this.#panel.queue.tasks.filter((task) => !task.isOver).map((task) => task.key));
    const tasks = dropped.map(({ file, handle }) => new UploadTask(file, { visibility: this.visibility, handle })).filter((task) => !known.has(task.key));
    for (const task of tasks) task.refuse(wrongFile(task, limits, sizeWords));
    this.#panel.add(tasks);
  }

  /** What became of a video, if it was uploaded here. @param {import("./videos-texts.js").Video} video */
  follow(video) {
    for (const task of this.#panel.queue.tasks) if (task.video === video.id && task.state === "done") task.follow(...fateOf(video));
  }

  /** Who may see what this page uploads: what it has uploaded, and what comes. @param {string} visibility */
  async #setVisibility(visibility) {
    this.visibility = visibility;
    /** @type {string[]} */
    const wrong = [];
    for (const task of this.#panel.queue.tasks) {
      task.visibility = visibility;
      if (!task.video || task.state === "cancelled") continue;
      await send("PATCH", `api/videos/${encodeURIComponent(task.video)}`, {}, { visibility }).catch((error) => wrong.push(wordsOf(error)));
    }
    if (wrong.length) toast(wrong[0]);
    this.onStored();
  }

  /** @param {UploadTask} task */
  async #edit(task) {
    try {
      editVideo(await get(`api/videos/${encodeURIComponent(task.video)}`), () => this.onStored());
    } catch (error) {
      toast(wordsOf(error));
    }
  }
}
