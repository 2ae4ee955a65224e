// <framecast-people>: the page of the admins. Tabs for people, groups, access to streams, and programs and screens.

import { address } from "./api.js";
import { el } from "./dom.js";
import { GrantList } from "./grant-list.js";
import { GroupList } from "./group-list.js";
import { PeopleList } from "./people-list.js";
import { ProgramList } from "./program-list.js";
import { Tabs } from "./tabs.js";

class FramecastPeople extends HTMLElement {
  #tabs = new Tabs([
    ["people", "People", new PeopleList()],
    ["groups", "Groups", new GroupList()],
    ["access", "Access to streams", new GrantList()],
    ["programs", "Programs and screens", new ProgramList()],
  ]);

  connectedCallback() {
    this.replaceChildren(
      el(
        "div",
        { class: "page-head" },
        el("div", {}, el("h1", {}, "People and access"), el("p", { class: "lead" }, "Who signs in here, and what they see.")),
        el("div", { class: "page-actions" }, el("a", { class: "button", href: address("people/audit") }, "Audit log")),
      ),
      this.#tabs.bar,
      this.#tabs.panel,
    );
    this.#tabs.start();
  }

  disconnectedCallback() {
    this.#tabs.stop();
  }
}

customElements.define("framecast-people", FramecastPeople);
