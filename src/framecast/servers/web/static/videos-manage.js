// <framecast-videos-manage>: the page of the admins about the library. Tabs for storage, jobs, reports with held videos, and the bin.

import { address } from "./api.js";
import { el } from "./dom.js";
import { Tabs } from "./tabs.js";
import { BinList } from "./videos-bin.js";
import { followVideos } from "./videos-feed.js";
import { JobList } from "./videos-jobs.js";
import { ReportList } from "./videos-reports.js";
import { StoragePart } from "./videos-storage.js";

class FramecastVideosManage extends HTMLElement {
  #parts = { storage: new StoragePart(), jobs: new JobList(), reports: new ReportList(), bin: new BinList() };
  #tabs = new Tabs([
    ["storage", "Storage", this.#parts.storage],
    ["jobs", "Jobs", this.#parts.jobs],
    ["reports", "Reports and held videos", this.#parts.reports],
    ["bin", "Bin", this.#parts.bin],
  ]);
  #stop = () => {};

  connectedCallback() {
    this.replaceChildren(
      el(
        "div",
        { class: "page-head" },
        el("div", {}, el("h1", {}, "Manage videos"), el("p", { class: "lead" }, "Storage, jobs, reports, and the bin.")),
        el("div", { class: "page-actions" }, el("a", { class: "button", href: address("videos") }, "All videos")),
      ),
      this.#tabs.bar,
      this.#tabs.panel,
    );
    this.#tabs.start();
    this.#stop = followVideos(() => void this.#tabs.part?.load());
  }

  disconnectedCallback() {
    this.#stop();
    this.#tabs.stop();
  }
}

customElements.define("framecast-videos-manage", FramecastVideosManage);
