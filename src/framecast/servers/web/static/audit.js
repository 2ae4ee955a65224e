// <framecast-audit>: who did what, from where, with which result. The newest is first; filters and pages.

import { dayStart, eventWords, KINDS } from "./audit-texts.js";
import { el, say } from "./dom.js";
import { button, Field, input, select } from "./form-field.js";
import { get, wordsOf } from "./send.js";
import { momentWords } from "./times.js";

/** @typedef {import("./audit-texts.js").Entry} Entry */

const COLUMNS = ["When", "Who", "From", "What", "On", "Result"];
const TYPED_MS = 250;

class FramecastAudit extends HTMLElement {
  #who = new Field("Who", input("audit-who", { type: "search" }));
  #what = new Field("What", select("audit-what", KINDS));
  #from = new Field("From", input("audit-from", { type: "date" }));
  #to = new Field("To", input("audit-to", { type: "date" }));
  #rows = el("tbody");
  #wrong = el("p", { class: "notice bad", role: "alert", hidden: true });
  #status = el("p", { class: "visually-hidden", role: "status" });
  #newer = button("Newer", () => void this.#turn(-1));
  #older = button("Older", () => void this.#turn(1));
  /** Where each page begins; the first is "". @type {string[]} */
  #starts = [""];
  #place = 0;
  #typed = 0;

  connectedCallback() {
    const head = el("thead", {}, el("tr", {}, ...COLUMNS.map((name) => el("th", { scope: "col" }, name))));
    const filter = el("form", { class: "audit-filter", role: "search", "aria-label": "Audit log" }, this.#who.element, this.#what.element, this.#from.element, this.#to.element);
    filter.addEventListener("input", () => {
      clearTimeout(this.#typed);
      this.#typed = setTimeout(() => void this.#restart(), TYPED_MS);
    });
    filter.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#restart();
    });
    this.replaceChildren(
      el("div", { class: "page-head" }, el("div", {}, el("h1", {}, "Audit log"), el("p", { class: "lead" }, "Who did what here, from where, and with which result."))),
      filter,
      this.#wrong,
      el("div", { class: "card audit-box" }, el("table", { class: "audit-table", "aria-label": "Audit log" }, head, this.#rows)),
      el("nav", { class: "audit-pages", "aria-label": "Pages" }, this.#newer, this.#older),
      this.#status,
    );
    void this.#load();
  }

  async #restart() {
    [this.#starts, this.#place] = [[""], 0];
    await this.#load();
  }

  /** @param {number} by */
  async #turn(by) {
    this.#place = Math.max(0, this.#place + by);
    await this.#load();
    this.querySelector("h1")?.scrollIntoView({ block: "nearest" });
  }

  async #load() {
    const query = { who: this.#who.value, what: this.#what.value, since: dayStart(this.#from.value), until: dayStart(this.#to.value, 1), before: this.#starts[this.#place] };
    try {
      const { entries, next } = await get("api/audit", query);
      this.#wrong.hidden = true;
      this.#show(entries, String(next ?? ""));
    } catch (error) {
      this.#wrong.hidden = false;
      say(this.#wrong, wordsOf(error));
    }
  }

  /**
   * @param {Entry[]} entries
   * @param {string} next
   */
  #show(entries, next) {
    this.#starts[this.#place + 1] = next;
    this.#newer.hidden = this.#place === 0;
    this.#older.hidden = next === "";
    const none = el("tr", {}, el("td", { colspan: String(COLUMNS.length), class: "nothing-yet" }, "No entry matches."));
    this.#rows.replaceChildren(...(entries.length ? entries.map(row) : [none]));
    say(this.#status, `${entries.length} entries`);
  }
}

/** @param {Entry} entry */
function row(entry) {
  const cells = [momentWords(entry.at), entry.who, entry.address, eventWords(entry.what), entry.target, entry.result];
  return el("tr", {}, ...cells.map((words, place) => el("td", { "data-column": COLUMNS[place] }, words)));
}

customElements.define("framecast-audit", FramecastAudit);
