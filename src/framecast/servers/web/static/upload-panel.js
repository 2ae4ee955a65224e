// The panel of uploads at the lower edge of the page: a sum, the uploads of this page, and those that were not finished.

import { el, say } from "./dom.js";
import { button } from "./form-field.js";
import { send } from "./send.js";
import { Leaving, canHandOver, handOver, prepare } from "./upload-handover.js";
import { UploadQueue } from "./upload-queue.js";
import { tool, UploadRow } from "./upload-row.js";
import { leftWords, percent, sizeWords, VISIBILITIES } from "./videos-texts.js";
import { countWords } from "./words.js";

/** @typedef {import("./upload-task.js").UploadTask} UploadTask */

const SHOW_MS = 200;

/**
 * The title of the panel. Pure.
 * @param {UploadQueue["sum"]} sum
 * @param {boolean} isBusy
 */
export function sumWords({ size, sent, speed, done, count }, isBusy) {
  if (count === 0) return ["Uploads", ""];
  if (!isBusy) return [done === count ? `${countWords(done, "video", "videos")} uploaded` : `${done} of ${countWords(count, "video", "videos")} uploaded`, ""];
  const notes = [percent(size ? sent / size : 0), speed ? `${sizeWords(speed)}/s` : "", speed ? `${leftWords((size - sent) / speed)} left` : ""];
  return [count === 1 ? "Uploading" : `Uploading ${Math.min(count, done + 1)} of ${count}`, notes.filter(Boolean).join(" · ")];
}

export class UploadPanel {
  queue = new UploadQueue();
  /** Where unfinished uploads stand (upload-resume.js). */
  unfinished = el("div", { class: "upload-unfinished", hidden: true });
  #title = el("h2", { id: "upload-title" });
  #sum = el("p", { class: "upload-sum" });
  #live = el("p", { class: "visually-hidden", role: "status" });
  #list = el("ul", { class: "upload-list" });
  #tools = el("div", { class: "upload-all" });
  #all = button("Pause all", () => this.#toggleAll(), "link strong");
  #clear = button("Clear", () => this.queue.clear(), "link strong");
  #visibility = /** @type {HTMLSelectElement} */ (el("select", { id: "upload-visibility" }, ...VISIBILITIES.map(([value, words]) => el("option", { value }, words))));
  #fold = tool("down", "Fold the panel", () => this.#setFolded(!this.#isFolded));
  #close = tool("close", "Close the panel", () => this.#hide());
  #isFolded = false;
  #isHidden = true;
  #timer = 0;
  /** @type {Map<UploadTask, UploadRow>} */
  #rows = new Map();
  #onEdit;
  #hrefOf;
  element;

  /**
   * @param {{onEdit: (task: UploadTask) => void, hrefOf: (task: UploadTask) => string, onVisibility: (value: string) => void}} actions
   * @param {string} visibility of what is uploaded
   */
  constructor({ onEdit, hrefOf, onVisibility }, visibility) {
    this.#visibility.value = visibility;
    this.#visibility.addEventListener("change", () => onVisibility(this.#visibility.value));
    this.#onEdit = onEdit;
    this.#hrefOf = hrefOf;
    this.element = el(
      "section",
      { class: "card upload-panel", "aria-labelledby": "upload-title", hidden: true },
      el("div", { class: "upload-head" }, el("div", { class: "upload-heads" }, this.#title, this.#sum), this.#fold, this.#close),
      el("div", { class: "upload-body" }, this.#tools, this.#list, this.unfinished),
      this.#live,
    );
    this.#tools.append(el("label", { for: "upload-visibility" }, "Visible to"), this.#visibility, this.#all, this.#clear);
    this.queue.onChange = () => {
      this.#timer ||= setTimeout(() => this.#show(), SHOW_MS);
    };
    const leaving = new Leaving();
    addEventListener("beforeunload", (event) => {
      if (this.queue.isBusy && !(leaving.isInside && canHandOver())) event.preventDefault();
    });
    addEventListener("pagehide", () => handOver(this.queue.tasks.filter((task) => !task.isOver).map((task) => task.kept)));
  }

  /** Add uploads, and show the panel. @param {UploadTask[]} tasks */
  add(tasks) {
    void prepare();
    this.queue.add(...tasks);
    this.open();
  }

  /** @param {boolean} [isFolded] */
  open(isFolded = false) {
    this.#isHidden = false;
    this.#setFolded(isFolded);
    this.#show();
  }

  /** Say something to screen readers. @param {string} words */
  announce(words) {
    say(this.#live, words);
  }

  /** Cancel, and say so to the server. @param {UploadTask} task */
  async #cancel(task) {
    try {
      await task.cancel();
    } catch {
      // The server deletes what nobody goes on with.
    }
  }

  #toggleAll() {
    if (this.queue.isBusy) this.queue.pauseAll();
    else this.queue.resumeAll();
  }

  /** @param {boolean} isFolded */
  #setFolded(isFolded) {
    this.#isFolded = isFolded;
    this.element.classList.toggle("is-folded", isFolded);
    this.#fold.setAttribute("aria-expanded", String(!isFolded));
    this.#fold.ariaLabel = this.#fold.title = isFolded ? "Unfold the panel" : "Fold the panel";
  }

  #hide() {
    this.#isHidden = true;
    this.queue.clear();
    this.#show();
  }

  #show() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    const { tasks, isBusy, sum } = this.queue;
    for (const [task, row] of this.#rows) {
      if (tasks.includes(task)) continue;
      row.element.remove();
      this.#rows.delete(task);
    }
    for (const task of tasks) this.#rowOf(task).show();
    const [title, note] = sumWords(sum, isBusy);
    say(this.#title, title);
    say(this.#sum, note);
    this.#close.hidden = tasks.some((task) => !task.isOver);
    this.#all.hidden = !tasks.some((task) => !task.isOver);
    say(this.#all, isBusy ? "Pause all" : "Resume all");
    this.#clear.hidden = !tasks.some((task) => task.isOver);
    this.#tools.hidden = tasks.length === 0;
    this.element.hidden = tasks.length === 0 && (this.#isHidden || this.unfinished.hidden);
  }

  /** @param {UploadTask} task */
  #rowOf(task) {
    let row = this.#rows.get(task);
    if (row) return row;
    row = new UploadRow(task, {
      onPause: () => task.pause(),
      onResume: () => this.queue.resume(task),
      onCancel: () => void this.#cancel(task),
      onClear: () => this.queue.clear(task),
      onEdit: () => this.#onEdit(task),
      href: () => this.#hrefOf(task),
    });
    this.#rows.set(task, row);
    this.#list.append(row.element);
    return row;
  }
}

/** Give an unfinished upload up. @param {string} id */
export async function discard(id) {
  await send("DELETE", `api/uploads/${encodeURIComponent(id)}`);
}
