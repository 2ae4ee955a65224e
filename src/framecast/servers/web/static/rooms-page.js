// <framecast-room-page>: one room. Its key stands in the address of the page.

import { base } from "./api.js";
import { el } from "./dom.js";
import { roomHere } from "./rooms-place.js";

class FramecastRoomPage extends HTMLElement {
  connectedCallback() {
    const { key, title } = roomHere(location.href, base.href);
    document.title = `${title} · Framecast`;
    this.replaceChildren(el("h1", {}, title), el("framecast-room", { src: key }));
  }
}

customElements.define("framecast-room-page", FramecastRoomPage);
