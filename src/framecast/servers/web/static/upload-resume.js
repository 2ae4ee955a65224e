// Uploads that were not finished: by this page before a reload or a crash, or by another browser of the same person. They go on with the same file, which
// a person chooses again, or which the browser has a handle of.

import { address, base } from "./api.js";
import { el } from "./dom.js";
import { button } from "./form-field.js";
import { get, wordsOf } from "./send.js";
import { toast } from "./toast.js";
import { forgetUrl, handleOf, runningElsewhere } from "./upload-memory.js";
import { discard } from "./upload-panel.js";
import { untilWords } from "./times.js";
import { percent, sizeWords } from "./videos-texts.js";

/** Here the panel would cover the page. */
const NARROW = "(max-width: 600px)";

/**
 * @typedef {import("./upload-protocol.js").Unfinished} Unfinished
 * @typedef {(file: File, url: string, handle?: FileSystemFileHandle) => void} GoOn
 */

export class UnfinishedUploads {
  #panel;
  #goOn;
  #isOpened = false;

  /**
   * @param {import("./upload-panel.js").UploadPanel} panel
   * @param {GoOn} goOn
   */
  constructor(panel, goOn) {
    this.#panel = panel;
    this.#goOn = goOn;
  }

  /** Ask the server, and show what it has. */
  async load() {
    /** @type {Unfinished[]} */
    let uploads = [];
    try {
      ({ uploads } = await get("api/uploads"));
    } catch {
      return; // the grid says what is wrong
    }
    const elsewhere = await runningElsewhere();
    const here = new Set(this.#panel.queue.tasks.map((task) => task.id));
    const found = uploads.filter((one) => one.offset < one.size && !here.has(one.id) && !elsewhere.has(urlOf(one)));
    this.#panel.unfinished.hidden = found.length === 0;
    this.#panel.unfinished.replaceChildren(el("h3", {}, "Not finished"), el("p", { class: "hint" }, "Choose the same file, and the upload goes on where it was."), el("ul", { class: "upload-list" }, ...found.map((one) => this.#row(one))));
    if (found.length && !this.#isOpened) this.#panel.open(matchMedia(NARROW).matches);
    this.#isOpened ||= found.length > 0;
    this.#panel.queue.onChange();
  }

  /** @param {Unfinished} upload */
  #row(upload) {
    const notes = [`${sizeWords(upload.offset)} of ${sizeWords(upload.size)}`, percent(upload.offset / upload.size), upload.expires_at ? `ends ${untilWords(upload.expires_at)}` : ""];
    const row = el(
      "li",
      { class: "upload-row" },
      el("div", { class: "upload-text" }, el("strong", { class: "upload-name", title: upload.filename }, upload.filename), el("p", { class: "upload-words" }, notes.filter(Boolean).join(" · "))),
      el("div", { class: "upload-buttons" }, button("Resume", () => void this.#resume(upload, row), "link strong"), button("Discard", () => void this.#discard(upload), "link")),
    );
    return row;
  }

  /**
   * @param {Unfinished} upload
   * @param {HTMLElement} row
   */
  async #resume(upload, row) {
    const url = urlOf(upload);
    const handle = await handleOf(url);
    const file = (handle && (await fileOf(handle))) ?? (await chosen());
    if (!file) return;
    if (file.name !== upload.filename || file.size !== upload.size) {
      toast(`This is another file: “${upload.filename}” has ${sizeWords(upload.size)}, “${file.name}” has ${sizeWords(file.size)}.`);
      return;
    }
    row.remove();
    this.#goOn(file, url, handle);
    await this.load();
  }

  /** @param {Unfinished} upload */
  async #discard(upload) {
    try {
      await discard(upload.id);
      forgetUrl(urlOf(upload));
    } catch (error) {
      toast(wordsOf(error));
    }
    await this.load();
  }
}

/** @param {Unfinished} upload */
function urlOf(upload) {
  return new URL(address(`api/uploads/${encodeURIComponent(upload.id)}`), base).href;
}

/**
 * The file of a handle, if the person lets the page read it again and it is still there.
 * @param {FileSystemFileHandle} handle
 * @returns {Promise<File | undefined>}
 */
async function fileOf(handle) {
  try {
    const asked = await /** @type {any} */ (handle).requestPermission({ mode: "read" });
    return asked === "granted" ? await handle.getFile() : undefined;
  } catch {
    return undefined;
  }
}

/** Ask for one file. @returns {Promise<File | undefined>} */
function chosen() {
  const input = /** @type {HTMLInputElement} */ (el("input", { type: "file", accept: "video/*,audio/*,.mkv,.ts,.mts" }));
  return new Promise((resolve) => {
    input.addEventListener("change", () => resolve(input.files?.[0]));
    input.addEventListener("cancel", () => resolve(undefined));
    input.click();
  });
}
