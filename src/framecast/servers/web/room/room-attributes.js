// The attributes of the chat as properties.

/** The server that this chat was loaded from: BASE/static/room.js, the one file that all modules are bundled into. */
const HOME = new URL("../", import.meta.url).href;

export class RoomAttributes extends HTMLElement {
  /** The key of the room: `stream:NAME`, `video:ID`, `room:ID`; a bare name is that of a stream. */
  get src() {
    return this.getAttribute("src") ?? "";
  }

  set src(key) {
    this.setAttribute("src", key);
  }

  get key() {
    return this.src === "" || this.src.includes(":") ? this.src : `stream:${this.src}`;
  }

  /** The server's base address; ends with a slash. */
  get server() {
    const given = this.getAttribute("server");
    return given ? new URL(given.endsWith("/") ? given : `${given}/`, document.baseURI).href : HOME;
  }

  set server(url) {
    this.setAttribute("server", url);
  }

  /** The token of a share link; empty for visitors who are signed in. */
  get token() {
    return this.getAttribute("token") ?? "";
  }

  set token(token) {
    this.setAttribute("token", token);
  }

  /** The name that a guest begins with. */
  get guestName() {
    return this.getAttribute("guest-name") ?? "";
  }

  set guestName(name) {
    this.setAttribute("guest-name", name);
  }

  /** True: nobody writes here, whatever the rights. */
  get readonly() {
    return this.hasAttribute("readonly");
  }

  set readonly(isOn) {
    this.toggleAttribute("readonly", isOn);
  }

  /** A button asks the page to close the chat. */
  get closable() {
    return this.hasAttribute("closable");
  }

  set closable(isOn) {
    this.toggleAttribute("closable", isOn);
  }

  /** The chat of a video appears as its picture passes it. */
  get replay() {
    return this.hasAttribute("replay");
  }

  set replay(isOn) {
    this.toggleAttribute("replay", isOn);
  }
}
