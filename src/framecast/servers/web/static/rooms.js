// <framecast-rooms>: the rooms of the one who looks, with what is unread.

import { el } from "./dom.js";

class FramecastRooms extends HTMLElement {
  connectedCallback() {
    this.replaceChildren(el("div", { class: "page-head" }, el("h1", {}, "Rooms")));
  }
}

customElements.define("framecast-rooms", FramecastRooms);
