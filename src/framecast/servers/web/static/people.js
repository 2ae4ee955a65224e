// <framecast-people>: the page of the admins. Tabs for people, groups, access to streams, and programs and screens; the tab stands in the
// fragment of the address.

import { el } from "./dom.js";
import { GrantList } from "./grant-list.js";
import { GroupList } from "./group-list.js";
import { PeopleList } from "./people-list.js";
import { ProgramList } from "./program-list.js";

/** @typedef {{element: HTMLElement, load: () => Promise<void>}} Part */

class FramecastPeople extends HTMLElement {
  /** @type {[string, string, Part][]} */
  #tabs = [
    ["people", "People", new PeopleList()],
    ["groups", "Groups", new GroupList()],
    ["access", "Access to streams", new GrantList()],
    ["programs", "Programs and screens", new ProgramList()],
  ];
  /** @type {HTMLElement[]} */
  #buttons = [];
  #panel = el("div", { class: "tab-panel", role: "tabpanel", id: "panel", tabindex: "0" });

  connectedCallback() {
    this.#buttons = this.#tabs.map(([key, words], place) =>
      el("button", { role: "tab", type: "button", id: `tab-${key}`, "aria-controls": "panel", onclick: () => this.#choose(place, true), onkeydown: (event) => this.#onKey(/** @type {KeyboardEvent} */ (event), place) }, words),
    );
    this.replaceChildren(
      el(
        "div",
        { class: "page-head" },
        el("div", {}, el("h1", {}, "People and access"), el("p", { class: "lead" }, "Who signs in here, and what they see.")),
        el("div", { class: "page-actions" }, el("a", { class: "button", href: new URL("people/audit", new URL("../", import.meta.url)).href }, "Audit log")),
      ),
      el("div", { class: "tabs", role: "tablist", "aria-label": "Parts" }, ...this.#buttons),
      this.#panel,
    );
    this.#follow();
    addEventListener("hashchange", this.#follow);
  }

  disconnectedCallback() {
    removeEventListener("hashchange", this.#follow);
  }

  /** Show the tab that the address names. */
  #follow = () => this.#choose(Math.max(0, this.#tabs.findIndex(([key]) => key === location.hash.slice(1))), false);

  /**
   * @param {number} place
   * @param {boolean} isAsked
   */
  #choose(place, isAsked) {
    const [key, , part] = this.#tabs[place];
    for (const [at, button] of this.#buttons.entries()) {
      button.setAttribute("aria-selected", String(at === place));
      button.tabIndex = at === place ? 0 : -1;
    }
    this.#panel.setAttribute("aria-labelledby", `tab-${key}`);
    this.#panel.replaceChildren(part.element);
    if (isAsked) history.replaceState(null, "", `#${key}`);
    void part.load();
  }

  /**
   * @param {KeyboardEvent} event
   * @param {number} place
   */
  #onKey(event, place) {
    const count = this.#tabs.length;
    /** @type {Record<string, number>} */
    const places = { ArrowRight: place + 1, ArrowLeft: place - 1 + count, Home: 0, End: count - 1 };
    const to = places[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.#choose(to % count, true);
    this.#buttons[to % count].focus();
  }
}

customElements.define("framecast-people", FramecastPeople);
