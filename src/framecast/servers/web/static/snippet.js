// <framecast-snippet title="Python">code</framecast-snippet>: code with a copy button.
// With `wrap`, long lines wrap instead of scrolling.

import { el, say } from "./dom.js";

const STATUS_MS = 1800;

export class FramecastSnippet extends HTMLElement {
  #button = /** @type {HTMLButtonElement} */ (el("button", { class: "button", type: "button" }, "Copy"));
  #code = el("code");
  #status = el("span", { class: "visually-hidden", role: "status" });

  connectedCallback() {
    if (this.#code.parentNode) return;
    const title = this.getAttribute("title") ?? "";
    this.#code.textContent = this.textContent ?? "";
    this.removeAttribute("title");
    this.#button.setAttribute("aria-label", `Copy ${title || "this"}`);
    this.#button.addEventListener("click", () => void this.#copy());
    this.replaceChildren(
      el("div", { class: "snippet-head" }, el("span", { class: "snippet-title" }, title), this.#button),
      el("pre", { tabindex: "0" }, this.#code),
      this.#status,
    );
  }

  async #copy() {
    const done = await copyText(this.#code);
    say(this.#button, done ? "Copied" : "Selected");
    say(this.#status, done ? "Copied to the clipboard" : "Selected: press Ctrl+C to copy");
    setTimeout(() => {
      say(this.#button, "Copy");
      say(this.#status, "");
    }, STATUS_MS);
  }
}

/**
 * Copy an element's text, or select it if the browser does not allow that (no HTTPS).
 * @param {HTMLElement} element
 */
async function copyText(element) {
  try {
    await navigator.clipboard.writeText(element.textContent ?? "");
    return true;
  } catch {
    getSelection()?.selectAllChildren(element);
    return false;
  }
}

customElements.define("framecast-snippet", FramecastSnippet);
