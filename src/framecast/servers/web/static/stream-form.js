// The dialog that adds or edits a stream. A source is tested before it is saved: the dialog shows its picture and formats, or what
// is wrong and what to do. A separate button saves a source that failed.

import { address, ask } from "./api.js";
import { el, say } from "./dom.js";
import { icon } from "./icons.js";
import { OptionFields } from "./option-fields.js";
import { TryResult } from "./try-result.js";

/** @typedef {import("./api.js").Stream} Stream */

const NAME = "[A-Za-z0-9][A-Za-z0-9._\\-]{0,63}";
/** @type {[string, string][]} */
const EXAMPLES = [
  ["Camera", "rtsp://user:password@192.168.1.20/stream"],
  ["Web stream", "https://example.org/live.m3u8"],
  ["Test pattern", "pattern:"],
];

export class StreamForm {
  #onSaved;
  /** The stream that is changed, null for a new one. @type {Stream | null} */
  #stream = null;
  /** What was tested with success: only that is saved by the main button. */
  #tried = "";
  #title = el("h2", { id: "form-title" });
  #name = field("name", { required: true, pattern: NAME, maxlength: "64", placeholder: "front-door", autocapitalize: "none" });
  #source = field("source", { required: true, placeholder: "rtsp://user:password@192.168.1.20/stream", autocapitalize: "none", inputmode: "url" });
  #kept = el("p", { class: "hint", id: "source-kept" }, "*** hides a secret. Leave it unchanged to keep the secret.");
  #examples = el("div", { class: "examples" }, "Examples: ", ...EXAMPLES.map(([words, text]) => this.#example(words, text)));
  #options = new OptionFields();
  #result = new TryResult();
  #tryButton = button("Test", "button", () => void this.#try());
  #anyway = button("Save anyway", "button", () => void this.#save());
  #saveButton = /** @type {HTMLButtonElement} */ (el("button", { class: "button primary", type: "submit" }));
  #form = /** @type {HTMLFormElement} */ (
    el(
      "form",
      { class: "stream-form", novalidate: true },
      el("div", { class: "sheet-head" }, this.#title, el("button", { class: "tool plain", type: "button", "aria-label": "Close", onclick: () => this.#dialog.close() }, icon("close"))),
      el("div", { class: "sheet-body" }, row("Name", this.#name, el("p", { class: "hint", id: "name-hint" }, "Letters, digits, dots, dashes and underscores.")), row("Source", this.#source, this.#kept, this.#examples), this.#options.element, this.#result.element),
      el("div", { class: "sheet-actions" }, button("Cancel", "button", () => this.#dialog.close()), this.#anyway, this.#tryButton, this.#saveButton),
    )
  );
  #dialog = /** @type {HTMLDialogElement} */ (el("dialog", { class: "card sheet", "aria-labelledby": "form-title" }, this.#form));

  /** @param {(name: string) => void} onSaved */
  constructor(onSaved) {
    this.#onSaved = onSaved;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit();
    });
    this.#form.addEventListener("input", () => this.#onChange());
    this.#dialog.addEventListener("close", () => {
      this.#result.clear();
      this.#dialog.remove();
    });
  }

  /** @param {Stream | null} [stream] to edit; null for a new one */
  open(stream = null) {
    this.#stream = stream;
    this.#name.value = stream?.name ?? "";
    this.#name.readOnly = stream !== null;
    this.#source.value = stream?.producers[0]?.url ?? "";
    this.#options.fill(stream?.options ?? {});
    this.#examples.hidden = stream !== null;
    this.#kept.hidden = !this.#source.value.includes("***");
    say(this.#title, stream ? `Edit ${stream.name}` : "Add a stream");
    this.#result.clear();
    // An existing stream needs no test until its source changes.
    this.#tried = stream ? this.#key() : "";
    document.body.append(this.#dialog);
    this.#dialog.showModal();
    (stream ? this.#source : this.#name).focus();
    this.#showButtons();
  }

  /** What a test depends on: not the name. */
  #key() {
    return JSON.stringify([this.#source.value.trim(), this.#options.read()]);
  }

  #spec() {
    return { name: this.#name.value.trim(), source: this.#source.value.trim(), ...this.#options.read(), ...this.#names() };
  }

  /** What people call the stream: kept as it is. */
  #names() {
    return this.#stream ? { display_name: this.#stream.display_name, groups: this.#stream.groups } : {};
  }

  #onChange() {
    if (this.#key() !== this.#tried) this.#result.clear();
    this.#showButtons();
  }

  #showButtons() {
    const isTried = this.#tried !== "" && this.#key() === this.#tried;
    this.#anyway.hidden = !this.#result.hasFailed;
    this.#tryButton.hidden = !isTried;
    say(this.#tryButton, "Test");
    say(this.#saveButton, isTried ? (this.#stream ? "Save" : "Add stream") : this.#result.hasFailed ? "Test again" : "Test");
    this.#saveButton.disabled = this.#result.isBusy;
    this.#tryButton.disabled = this.#result.isBusy;
  }

  /** True if every field is valid; otherwise the first invalid field shows why. */
  #isValid() {
    this.#source.setCustomValidity("");
    this.#name.setCustomValidity(this.#name.validity.patternMismatch ? "Use letters, digits, dots, dashes and underscores; start with a letter or digit." : "");
    const wrong = [this.#name, this.#source].find((input) => !input.checkValidity()) ?? this.#options.wrong();
    wrong?.focus();
    wrong?.reportValidity();
    return wrong === undefined;
  }

  async #submit() {
    if (!this.#isValid() || this.#result.isBusy) return;
    if (this.#key() === this.#tried) await this.#save();
    else await this.#try();
  }

  async #try() {
    if (!this.#isValid()) return;
    const key = this.#key();
    const running = this.#result.run(this.#spec());
    this.#showButtons();
    const isGood = await running;
    if (isGood && key === this.#key()) this.#tried = key;
    if (!this.#dialog.open) return;
    this.#showButtons();
    if (isGood) this.#saveButton.focus();
  }

  async #save() {
    if (!this.#isValid()) return;
    const spec = this.#spec();
    try {
      if (!this.#stream) await refuseTaken(spec.name);
      await ask(address("api/streams"), { method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify(spec) });
    } catch (error) {
      this.#result.fail(error instanceof Error ? error.message : String(error), "");
      this.#showButtons();
      return;
    }
    this.#dialog.close();
    this.#onSaved(spec.name);
  }

  /**
   * @param {string} words
   * @param {string} text
   */
  #example(words, text) {
    return el(
      "button",
      {
        class: "link strong",
        type: "button",
        onclick: () => {
          this.#source.value = text;
          this.#source.focus();
          this.#source.setSelectionRange(0, text.length);
          this.#onChange();
        },
      },
      words,
    );
  }
}

/**
 * A new stream must not silently replace another one.
 * @param {string} name
 */
async function refuseTaken(name) {
  const streams = await (await ask(address("api/streams"))).json();
  if (name in streams) throw new Error(`A stream named ${name} already exists: choose another name, or edit that stream.`);
}

/**
 * @param {string} name
 * @param {Record<string, string | boolean>} attributes
 */
function field(name, attributes) {
  return /** @type {HTMLInputElement} */ (
    el("input", { id: `form-${name}`, type: "text", autocomplete: "off", spellcheck: "false", "aria-describedby": name === "name" ? "name-hint" : "source-kept", ...attributes })
  );
}

/**
 * @param {string} label
 * @param {HTMLInputElement} input
 * @param {...Node} hints
 */
function row(label, input, ...hints) {
  return el("div", { class: "row" }, el("label", { for: input.id }, label), input, ...hints);
}

/**
 * @param {string} words
 * @param {string} kind
 * @param {() => void} run
 */
function button(words, kind, run) {
  return /** @type {HTMLButtonElement} */ (el("button", { class: kind, type: "button", onclick: run }, words));
}
