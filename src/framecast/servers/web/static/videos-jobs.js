// The tab "Jobs": what is done with videos, waits, or failed; a job can be cancelled, and one that failed can be tried again.

import { address } from "./api.js";
import { el } from "./dom.js";
import { select } from "./form-field.js";
import { icon } from "./icons.js";
import { badge, RowList } from "./row-list.js";
import { get, send } from "./send.js";
import { agoWords } from "./times.js";
import { percent } from "./videos-texts.js";
import { sentence } from "./words.js";

/**
 * @typedef {object} Job
 * @property {string} id
 * @property {string} video
 * @property {string} title
 * @property {string} kind
 * @property {string} state
 * @property {number | null} progress
 * @property {string} reason
 * @property {number} attempt
 * @property {string} worker
 * @property {number} created_at
 * @property {number | null} [started_at]
 * @property {number | null} [finished_at]
 */

/** @type {Record<string, string>} */
const KINDS = { check: "Check", publish: "Make it playable", ladder: "Better quality, previews", poster: "Poster", subtitles: "Subtitles" };
/** @type {[string, string][]} */
const STATES = [
  ["", "All"],
  ["running", "Running"],
  ["waiting", "Waiting"],
  ["failed", "Failed"],
  ["done", "Done"],
  ["cancelled", "Cancelled"],
];

export class JobList {
  #list = new RowList("film");
  #state = select("job-state", STATES);
  element = el("div", { class: "tab-panel" }, el("div", { class: "panel-head" }, el("p", {}, "Each one runs in a process of its own."), el("label", { class: "visually-hidden", for: "job-state" }, "State"), this.#state), this.#list.element);

  constructor() {
    this.#state.classList.add("narrow-select");
    this.#state.addEventListener("change", () => void this.load());
  }

  async load() {
    await this.#list.attempt(async () => {
      const { jobs } = await get("api/jobs", { state: this.#state.value });
      this.#list.show(jobs, (/** @type {Job} */ job) => this.#row(job), ["No jobs", this.#state.value ? "Choose another state." : "There is one for each upload."]);
    });
  }

  /** @param {Job} job */
  #row(job) {
    const isOpen = ["waiting", "running"].includes(job.state);
    const word = STATES.find(([state]) => state === job.state)?.[1] ?? job.state;
    const kind = { failed: "bad", done: "good" }[job.state] ?? "";
    const notes = [KINDS[job.kind] ?? job.kind, job.attempt > 1 ? `attempt ${job.attempt}` : "", job.state === "running" && job.worker ? `on ${job.worker}` : "", agoWords(job.finished_at ?? job.started_at ?? job.created_at)];
    const act = (/** @type {string} */ what) => () => void this.#do(() => send("POST", `api/videos/${encodeURIComponent(job.video)}/${what}`));
    return el(
      "li",
      {},
      el("span", { class: "avatar", "aria-hidden": "true" }, icon("film")),
      el(
        "div",
        { class: "row-text" },
        el("div", { class: "row-title" }, el("a", { class: "link", href: address(`videos/${encodeURIComponent(job.video)}`) }, job.title || job.video), badge(job.state === "running" && job.progress !== null ? `${word}, ${percent(job.progress)}` : word, kind)),
        el("p", { class: "row-note" }, notes.filter(Boolean).join(" · ")),
        job.reason ? el("p", { class: "row-reason" }, sentence(job.reason)) : null,
      ),
      el(
        "div",
        { class: "row-end" },
        isOpen && el("button", { class: "button", type: "button", "aria-label": `Cancel: ${job.title}`, onclick: act("cancel") }, "Cancel"),
        job.state === "failed" && el("button", { class: "button", type: "button", "aria-label": `Try again: ${job.title}`, onclick: act("retry") }, "Try again"),
      ),
    );
  }

  /** @param {() => Promise<unknown>} what */
  async #do(what) {
    if (await this.#list.attempt(what)) await this.load();
  }
}
