// The dialog that adds or edits a stream. A source is tested before it is saved: the dialog shows its picture and formats, or what
// is wrong and what to do. A separate button saves a source that failed.

import { address, ask } from "./api.js";
import { el, say } from "./dom.js";
import { Field, button, input } from "./form-field.js";
import { GroupField } from "./group-field.js";
import { icon } from "./icons.js";
import { OptionFields } from "./option-fields.js";
import { SourceFields } from "./source-fields.js";
import { kept, nameFor, wrongName, wrongText } from "./stream-texts.js";
import { TryResult } from "./try-result.js";
import { sentence } from "./words.js";

/** @typedef {import("./api.js").Stream} Stream */

export class StreamForm {
  #onSaved;
  /** The stream that is changed, null for a new one. @type {Stream | null} */
  #stream = null;
  /** What was tested with success: only that is saved by the main button. */
  #tried = "";
  /** The names of all streams, once they are known. @type {string[]} */
  #taken = [];
  /** The name that was made of the display name: it follows that until it is typed. */
  #made = "";
  #title = el("h2", { id: "form-title" });
  /** @type {Field} */
  #displayName = new Field("Display name", input("form-display-name", { placeholder: "Front door", autocapitalize: "sentences" }), {
    hint: "What people see; any language. Optional.",
    check: () => wrongText("Display name", this.#displayName.value),
  });
  /** @type {Field} */
  #name = new Field("Name", input("form-name", { placeholder: "front-door" }), {
    hint: "For addresses, commands and programs: letters, digits, dots, dashes and underscores.",
    check: () => this.#wrongName(),
  });
  #source = new SourceFields();
  #groups = new GroupField();
  #options = new OptionFields();
  #result = new TryResult();
  #tryButton = button("Test", () => void this.#try());
  #anyway = button("Save anyway", () => void this.#save());
  #saveButton = /** @type {HTMLButtonElement} */ (el("button", { class: "button primary", type: "submit" }));
  #close = el("button", { class: "tool plain", type: "button", "aria-label": "Close", onclick: () => this.#dialog.close() }, icon("close"));
  #form = /** @type {HTMLFormElement} */ (
    el(
      "form",
      { class: "stream-form", novalidate: true },
      el("div", { class: "sheet-head" }, this.#title, this.#close),
      el(
        "div",
        { class: "sheet-body" },
        el("div", { class: "pair" }, this.#displayName.element, this.#name.element),
        this.#source.element,
        this.#groups.element,
        this.#options.element,
        this.#result.element,
      ),
      el("div", { class: "sheet-actions" }, button("Cancel", () => this.#dialog.close()), this.#anyway, this.#tryButton, this.#saveButton),
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
    this.#displayName.control.addEventListener("input", () => this.#follow());
    this.#form.addEventListener("input", () => this.#onChange());
    this.#form.addEventListener("change", () => this.#onChange());
    this.#dialog.addEventListener("close", () => {
      this.#result.clear();
      this.#source.fill("");
      this.#dialog.remove();
    });
  }

  /** @param {Stream | null} [stream] to edit; null for a new one */
  open(stream = null) {
    this.#stream = stream;
    this.#made = "";
    this.#displayName.value = stream?.display_name ?? "";
    this.#name.value = stream?.name ?? "";
    /** @type {HTMLInputElement} */ (this.#name.control).readOnly = stream !== null;
    this.#source.fill(stream?.producers[0]?.url ?? "");
    this.#groups.fill(stream?.groups ?? [], []);
    this.#options.fill(stream?.options ?? {});
    for (const field of this.#fields) field.fail("");
    say(this.#title, stream ? `Edit ${stream.display_name || stream.name}` : "Add a stream");
    this.#result.clear();
    // An existing stream needs no test until its source changes.
    this.#tried = stream ? this.#key() : "";
    document.body.append(this.#dialog);
    this.#dialog.showModal();
    this.#displayName.control.focus();
    this.#showButtons();
    void this.#learn();
  }

  /** Learn which names are taken and which groups there are. */
  async #learn() {
    try {
      const streams = /** @type {Record<string, Stream>} */ (await (await ask(address("api/streams"))).json());
      this.#taken = Object.keys(streams);
      this.#groups.offer(Object.values(streams).flatMap((stream) => stream.groups ?? []));
    } catch {
      // The page itself says that the server is away; names are checked again before they are saved.
    }
  }

  get #fields() {
    return [this.#displayName, this.#name, ...this.#source.fields, this.#groups.field, ...this.#options.fields];
  }

  /** The name follows the display name of a new stream until it is typed. */
  #follow() {
    if (this.#stream || this.#name.value !== this.#made) return;
    this.#made = nameFor(this.#displayName.value);
    this.#name.value = this.#made;
  }

  /** @returns {string} */
  #wrongName() {
    const isTaken = !this.#stream && this.#taken.includes(this.#name.value);
    return isTaken ? `A stream named ${this.#name.value} already exists: choose another name, or edit that stream.` : wrongName(this.#name.value);
  }

  /** What a test depends on: not the names. */
  #key() {
    return JSON.stringify([this.#source.read(), this.#options.read()]);
  }

  #spec() {
    const names = { display_name: kept(this.#displayName.value), groups: this.#groups.read() };
    return { name: this.#name.value, source: this.#source.read(), ...names, ...this.#options.read() };
  }

  #onChange() {
    if (this.#key() !== this.#tried) this.#result.clear();
    this.#showButtons();
  }

  #showButtons() {
    const isTried = this.#tried !== "" && this.#key() === this.#tried;
    this.#anyway.hidden = !this.#result.hasFailed;
    this.#tryButton.hidden = !isTried;
    say(this.#saveButton, isTried ? (this.#stream ? "Save" : "Add stream") : this.#result.hasFailed ? "Test again" : "Test");
    this.#saveButton.disabled = this.#result.isBusy;
    this.#tryButton.disabled = this.#result.isBusy;
  }

  /** Show beside each field what is wrong with it, and go to the first. @returns {boolean} whether all are valid */
  #isValid() {
    const wrong = this.#fields.filter((field) => !field.isValid());
    if (wrong.length === 0) return true;
    if (this.#options.fields.some((field) => wrong.includes(field))) this.#options.element.open = true;
    wrong[0].control.focus();
    return false;
  }

  /**
   * Show an error of the node beside its field.
   * @param {string} message
   * @param {boolean} [isOfSource] what names no field is about the source
   * @returns {boolean} whether there is such a field
   */
  #place(message, isOfSource = /^the source\b/.test(message)) {
    const words = sentence(message);
    const key = /^(\w+) of stream \S+ /.exec(message)?.[1];
    /** @type {Record<string, Field>} */
    const own = { display_name: this.#displayName, groups: this.#groups.field };
    if (key && Object.hasOwn(own, key)) {
      own[key].fail(words);
      own[key].control.focus();
      return true;
    }
    if (key) return this.#options.fail(key, words);
    if (isOfSource) this.#source.fail(words);
    return isOfSource;
  }

  async #submit() {
    if (!this.#isValid() || this.#result.isBusy) return;
    if (this.#key() === this.#tried) await this.#save();
    else await this.#try();
  }

  async #try() {
    if (!this.#isValid()) return;
    const key = this.#key();
    const running = this.#result.run(this.#spec(), (message) => this.#place(message, true));
    this.#showButtons();
    const isGood = await running;
    if (isGood && key === this.#key()) this.#tried = key;
    if (!this.#dialog.open) return;
    this.#showButtons();
    if (isGood) this.#saveButton.focus();
    this.#result.reveal();
  }

  async #save() {
    await this.#learn();
    if (!this.#isValid()) return;
    const spec = this.#spec();
    try {
      await ask(address("api/streams"), { method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify(spec) });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (!this.#place(message)) this.#result.fail(message, "");
      this.#showButtons();
      return;
    }
    this.#dialog.close();
    this.#onSaved(spec.name);
  }
}
