// The dialog "On my phone": a QR code of the address at which other devices reach this page, or what to set if there is none. With
// an access token it also makes a share link, for people who do not have the token.

import { address, ask, base } from "./api.js";
import { el, say } from "./dom.js";
import { icon } from "./icons.js";
import { qrSign } from "./qr-sign.js";
import "./snippet.js";
import { sentence } from "./words.js";

const LINK_DAYS = 30;
const PATH = "stream.mjpeg";

/** @typedef {{id: string, expires: number, url: string}} Link */

export class PhoneSheet {
  #name;
  #body = el("div", { class: "sheet-body phone" });
  #dialog = /** @type {HTMLDialogElement} */ (
    el(
      "dialog",
      { class: "card sheet", "aria-labelledby": "phone-title" },
      el(
        "form",
        { method: "dialog" },
        el("div", { class: "sheet-head" }, el("h2", { id: "phone-title" }, "On my phone"), el("button", { class: "tool plain", "aria-label": "Close" }, icon("close"))),
        this.#body,
      ),
    )
  );

  /** @param {string} name of the stream */
  constructor(name) {
    this.#name = name;
    this.#dialog.addEventListener("close", () => this.#dialog.remove());
  }

  async open() {
    this.#body.replaceChildren(el("p", { class: "muted", role: "status" }, "Looking for the addresses of this node …"));
    document.body.append(this.#dialog);
    this.#dialog.showModal();
    try {
      const [{ addresses, advice }, { login, access }] = await Promise.all(["api/addresses", "api"].map(async (path) => (await ask(address(path))).json()));
      const roots = [...new Set([...(isThisMachine(location.hostname) ? [] : [base.href]), ...addresses])];
      this.#body.replaceChildren(...(roots.length ? this.#codes(roots, login, access) : this.#help(advice)));
    } catch (error) {
      this.#body.replaceChildren(wrong(error));
    }
  }

  /**
   * @param {string[]} roots
   * @param {boolean} login the server asks for its access token, or for an account
   * @param {string} access
   */
  #codes(roots, login, access) {
    const path = `streams/${encodeURIComponent(this.#name)}`;
    const shown = el("div", { class: "phone-code" });
    const show = (/** @type {string} */ root) => shown.replaceChildren(...code(`${root}${path}`, "Address of this page"));
    const choice = /** @type {HTMLSelectElement} */ (el("select", { id: "phone-address" }, ...roots.map((root) => el("option", { value: root }, new URL(root).host))));
    choice.addEventListener("change", () => show(choice.value));
    show(roots[0]);
    return [
      el("p", {}, `Scan the code with the camera of a phone in the same network.${login ? ` The phone asks for ${access === "accounts" ? "your name and password" : "the access token"} once.` : ""}`),
      roots.length > 1 ? el("div", { class: "row" }, el("label", { for: "phone-address" }, "Address of this node"), choice) : null,
      shown,
      login ? this.#linkPart(shown, () => choice.value) : null,
    ].filter((one) => one !== null);
  }

  /** @param {string} advice */
  #help(advice) {
    const command = 'export FRAMECAST_ACCESS_TOKEN="$(openssl rand -hex 16)"\nframecast serve --host 0.0.0.0';
    return [el("p", {}, sentence(advice)), advice.includes("--host") ? el("framecast-snippet", { title: "For example" }, command) : el("span", { hidden: true })];
  }

  /**
   * @param {HTMLElement} shown where the code stands
   * @param {() => string} root
   */
  #linkPart(shown, root) {
    const part = el("section", { class: "phone-link for-admin" });
    const make = el("button", { class: "button", type: "button", onclick: () => void attempt(part, () => this.#makeLink(part, shown, root())) }, "Make a link that needs no login");
    part.append(el("p", { class: "hint" }, `Everybody who has the link can see this stream, and nothing else, for ${LINK_DAYS} days.`), make);
    return part;
  }

  /**
   * @param {HTMLElement} part
   * @param {HTMLElement} shown
   * @param {string} root
   */
  async #makeLink(part, shown, root) {
    const query = { src: this.#name, expires: `${LINK_DAYS}d`, path: PATH };
    /** @type {Link} */
    const link = await (await ask(address("api/links", query), { method: "POST" })).json();
    const before = [...shown.childNodes];
    const revoke = async () => {
      await ask(address("api/links", { id: link.id }), { method: "DELETE" });
      shown.replaceChildren(...before);
      part.replaceWith(this.#linkPart(shown, () => root));
    };
    shown.replaceChildren(...code(root + link.url.slice(link.url.indexOf(`api/${PATH}`)), "Share link"));
    part.replaceChildren(
      el("p", { class: "hint" }, `Valid until ${new Date(link.expires * 1000).toLocaleDateString()}. The link is not shown again.`),
      el("button", { class: "button", type: "button", onclick: () => void attempt(part, revoke) }, "Revoke this link"),
    );
  }
}

/**
 * Do it, or say below `part` why it failed.
 * @param {HTMLElement} part
 * @param {() => Promise<void>} what
 */
async function attempt(part, what) {
  try {
    await what();
  } catch (error) {
    part.append(wrong(error));
  }
}

/**
 * @param {string} text
 * @param {string} title
 */
function code(text, title) {
  return [qrSign(text, title), el("framecast-snippet", { title, wrap: true }, text)];
}

/** @param {unknown} error */
function wrong(error) {
  const words = el("p", { class: "error", role: "alert" });
  say(words, error instanceof Error ? sentence(error.message) : String(error));
  return words;
}

/** A name that leads other devices to themselves. @param {string} host */
function isThisMachine(host) {
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127\./.test(host);
}
