// <framecast-snippet title="Python">code</framecast-snippet>: a piece of code with a button that copies it.
// With `wrap` long lines are broken, not scrolled.

import { el, say } from "./dom.js";

const SAID_MS = 1800;

export class FramecastSnippet extends HTMLElement {
  #button = /** @type {HTMLButtonElement} */ (el("button", { class: "button", type: "button" }, "Copy"));
  #code = el("code");
  #said = el("span", { class: "visually-hidden", role: "status" });

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
      this.#said,
    );
  }

  async #copy() {
    const done = await copyText(this.#code);
    say(this.#button, done ? "Copied" : "Selected");
    say(this.#said, done ? "Copied to the clipboard" : "Selected: press Ctrl and C");
    setTimeout(() => {
      say(this.#button, "Copy");
      say(this.#said, "");
    }, SAID_MS);
  }
}

/**
 * Copy an element's text; where the browser does not allow that (no HTTPS), select it.
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
