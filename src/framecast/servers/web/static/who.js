// <framecast-who>: the end of the header. It says who is signed in (with a menu), that a node without accounts is open, or offers to log out
// where there is only a token. What it does not need on an open node is loaded by the others only.

import { address, ask, base, ServerError } from "./api.js";
import { el } from "./dom.js";
import { wereLeft } from "./upload-handover.js";

/**
 * @typedef {object} Me
 * @property {{id: string, name: string, display_name: string, role: string} | null} account
 * @property {string} kind by what this browser came in
 * @property {boolean} is_admin
 * @property {boolean} may_add streams
 * @property {string[] | null} rights on the stream of this page
 *
 * @typedef {object} Facts
 * @property {"open" | "token" | "accounts"} access
 * @property {"machine" | "network"} open_to
 * @property {boolean} login
 * @property {boolean} [library] there are videos to upload and play
 * @property {boolean} [rooms] there are rooms to talk in
 */

class FramecastWho extends HTMLElement {
  async connectedCallback() {
    if (wereLeft() && !document.querySelector("framecast-videos")) void import("./upload-tray.js").then(({ goOn }) => goOn());
    try {
      const facts = /** @type {Facts} */ (await (await ask(address("api"))).json());
      document.documentElement.dataset.access = facts.access;
      for (const [name, isThere] of Object.entries({ videos: facts.library, rooms: facts.rooms })) {
        const link = document.querySelector(`.${name}-link`);
        if (link instanceof HTMLElement) link.hidden = !isThere;
      }
      if (facts.access === "open") this.#showOpen(facts.open_to);
      else if (facts.access === "token") this.#showLogout();
      else (await import("./who-menu.js")).showPerson(this, /** @type {Me} */ (await (await ask(address("api/me", { src: streamHere() }))).json()));
      if (facts.access !== "open") (await import("./plain-http.js")).warn();
    } catch (error) {
      // The page itself says what is wrong; one that is open to everybody offers the way in.
      if (error instanceof ServerError && error.status === 401) this.#showSignIn();
    }
  }

  #showSignIn() {
    const here = location.href.startsWith(base.href) ? location.href.slice(base.href.length).split("#")[0] : "";
    document.documentElement.dataset.access = "none";
    this.replaceChildren(el("a", { href: address("login", { next: here }) }, "Sign in"));
  }

  #showLogout() {
    this.replaceChildren(el("form", { class: "logout", method: "post", action: address("logout") }, el("button", { class: "link", type: "submit" }, "Log out")));
  }

  /** @param {string} to */
  #showOpen(to) {
    const words = to === "network" ? "Open to everybody in the network" : "Open to everybody on this machine";
    const button = el("button", { class: "link who-open", type: "button", "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": words }, el("span", { class: "who-wide" }, words), el("span", { class: "who-narrow" }, "Open"));
    button.addEventListener("click", () => void this.#explain(button, words, to));
    this.replaceChildren(button);
  }

  /**
   * @param {HTMLElement} button
   * @param {string} words
   * @param {string} to
   */
  async #explain(button, words, to) {
    const { Menu } = await import("./menu.js");
    let menu = this.#menu;
    if (!menu) {
      menu = this.#menu = new Menu();
      this.append(menu.element);
    }
    const first = { words: "Create the first account", note: "From then on everybody signs in. The first account is an admin and owns what was made before." };
    menu.open(button, words, [
      { words, note: "There are no accounts. Everybody who opens this page acts as one local admin: sees, adds and removes everything." },
      to === "network" ? { ...first, note: "Run “framecast user add NAME --role admin” on the machine of this node." } : { ...first, href: address("setup") },
    ]);
  }

  /** @type {import("./menu.js").Menu | null} */
  #menu = null;
}

/** The name of the stream whose page this is, "" on another page. */
function streamHere() {
  const path = location.href.startsWith(base.href) ? location.href.slice(base.href.length).split(/[?#]/)[0] : "";
  const name = /^streams\/([^/]+)$/.exec(path)?.[1] ?? "";
  return decodeURIComponent(name);
}

customElements.define("framecast-who", FramecastWho);
