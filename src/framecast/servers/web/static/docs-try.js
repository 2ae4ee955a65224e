// "Try it": a request of the API from the page, with its answer. A request that changes something is sent only after a question.

import { address, base } from "./api.js";
import { confirmed } from "./confirm.js";
import { exampleOf, plain } from "./docs-schema.js";
import { el, say } from "./dom.js";
import "./snippet.js";

/**
 * @typedef {import("./docs-schema.js").Schema} Schema
 * @typedef {import("./docs-schema.js").Schemas} Schemas
 * @typedef {import("./docs.js").Operation} Operation
 * @typedef {import("./docs.js").Parameter} Parameter
 */

/** As much of a body is shown. */
const MAX_SHOWN_BYTES = 64 << 10;
const TOKEN = "TOKEN";
/** The token that requests carry instead of the session of the browser; only in memory. */
export const access = { token: "" };

export class TryOut {
  #path;
  #method;
  #body;
  /** @type {Map<string, HTMLInputElement | HTMLSelectElement>} */
  #inputs = new Map();
  #answer = el("div", { class: "answer", "aria-live": "polite" });
  #pictureUrl = "";
  /** Ends the answer before. */
  #ending = new AbortController();
  element;

  /**
   * @param {string} path
   * @param {string} method
   * @param {Operation} operation
   * @param {Schemas} schemas
   */
  constructor(path, method, operation, schemas) {
    this.#path = path;
    this.#method = method;
    const schema = operation.requestBody?.content["application/json"]?.schema;
    this.#body = schema ? bodyField(schema, schemas, `${method}${path}`) : null;
    const send = el("button", { class: "button primary", type: "submit" }, "Send");
    const stop = el("button", { class: "button", type: "button", onclick: () => this.#clear() }, "Clear");
    this.element = el(
      "form",
      {
        class: "try-out",
        onsubmit: (event) => {
          event.preventDefault();
          void this.#send();
        },
      },
      ...(operation.parameters ?? []).map((parameter) => this.#field(parameter, schemas)),
      this.#body && el("div", { class: "row" }, el("label", { for: this.#body.id }, "Body (JSON)"), this.#body),
      el("div", { class: "try-buttons" }, send, stop),
      this.#answer,
    );
  }

  /**
   * @param {Parameter} parameter
   * @param {Schemas} schemas
   */
  #field({ name, required, schema = {} }, schemas) {
    const id = `${this.#method}${this.#path}-${name}`;
    const found = plain(schema, schemas);
    const isNumber = found.type === "integer" || found.type === "number";
    const hint = found.default === undefined || found.default === null ? "" : String(found.default);
    const input = /** @type {HTMLInputElement | HTMLSelectElement} */ (
      found.enum
        ? el("select", { id }, ...(required ? [] : [el("option", { value: "" }, "")]), ...found.enum.map((one) => el("option", {}, String(one))))
        : el("input", { id, type: "text", autocomplete: "off", spellcheck: "false", inputmode: isNumber ? "decimal" : "text", placeholder: hint, required: required === true, ...(name === "src" && this.#method !== "put" ? { list: "stream-names" } : {}) })
    );
    this.#inputs.set(name, input);
    return el("div", { class: "row" }, el("label", { for: id }, name, required ? el("span", { class: "muted" }, " required") : null), input);
  }

  #url() {
    const values = [...this.#inputs].map(([name, input]) => [name, input.value.trim()]);
    const url = new URL(address(this.#path.slice(1)));
    for (const [name, value] of values) if (value !== "") url.searchParams.set(name, value);
    return url.href;
  }

  async #send() {
    const url = this.#url();
    const verb = this.#method.toUpperCase();
    const shown = `${verb} /${url.slice(base.href.length)}`;
    if (verb !== "GET" && !(await confirmed("Send this request?", `${shown} changes this node.`, "Send"))) return;
    this.#clear();
    const body = this.#body?.value.trim() || undefined;
    const headers = { ...(body ? { "Content-Type": "application/json" } : {}), ...(access.token ? { Authorization: `Bearer ${access.token}` } : {}) };
    this.#answer.replaceChildren(el("p", { class: "muted" }, "Waiting for the answer …"));
    const start = performance.now();
    try {
      const response = await fetch(url, { method: verb, headers, body, cache: "no-store", signal: this.#ending.signal });
      const status = `${response.status} ${response.statusText} after ${Math.round(performance.now() - start)} ms`;
      const kind = response.headers.get("content-type") ?? "";
      this.#answer.replaceChildren(
        el("p", { class: "answer-status", "data-ok": String(response.ok) }, status),
        el("framecast-snippet", { title: "The same with curl", wrap: true }, curl(verb, url, body)),
        headerList(response.headers),
        await this.#shown(response, kind, url),
      );
    } catch (error) {
      if (this.#ending.signal.aborted) return;
      this.#answer.replaceChildren(el("p", { class: "error", role: "alert" }, `There is no answer: ${error instanceof Error ? error.message : error}.`));
    }
  }

  /**
   * The body of an answer, as far as it can be shown; media without end is shown by the browser itself.
   * @param {Response} response
   * @param {string} kind
   * @param {string} url
   */
  async #shown(response, kind, url) {
    if (response.status === 204) return el("p", { class: "muted" }, "The answer has no body.");
    if (kind.startsWith("multipart/")) {
      void response.body?.cancel();
      return access.token ? el("p", {}, "Pictures without end: the browser shows them with a session only.") : el("img", { src: url, alt: "Live pictures of the answer" });
    }
    if (kind.startsWith("image/")) {
      this.#pictureUrl = URL.createObjectURL(await response.blob());
      return el("img", { src: this.#pictureUrl, alt: "Picture of the answer" });
    }
    if (!/json|text|mpegurl|yaml/.test(kind)) {
      void response.body?.cancel();
      return el("p", {}, `The body is ${kind || "of an unknown type"}. `, el("a", { href: url }, "Open it"));
    }
    return el("pre", { class: "answer-body", tabindex: "0", role: "region", "aria-label": "Body of the answer" }, el("code", {}, await text(response, kind)));
  }

  #clear() {
    this.#ending.abort();
    this.#ending = new AbortController();
    if (this.#pictureUrl) URL.revokeObjectURL(this.#pictureUrl);
    this.#pictureUrl = "";
    for (const image of this.#answer.querySelectorAll("img")) image.src = ""; // ends pictures without end
    this.#answer.replaceChildren();
  }
}

/**
 * @param {Response} response
 * @param {string} kind
 */
async function text(response, kind) {
  const whole = await response.text();
  let shown = whole;
  if (kind.includes("json")) {
    try {
      shown = JSON.stringify(JSON.parse(whole), null, 2);
    } catch {
      // it is shown as it is
    }
  }
  return shown.length > MAX_SHOWN_BYTES ? `${shown.slice(0, MAX_SHOWN_BYTES)}\n… ${shown.length - MAX_SHOWN_BYTES} more characters` : shown;
}

/** @param {Headers} headers */
function headerList(headers) {
  const list = el("dl", { class: "parameters" }, ...[...headers].flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
  return el("details", {}, el("summary", {}, "Headers"), list);
}

/**
 * @param {string} verb
 * @param {string} url
 * @param {string} [body]
 */
function curl(verb, url, body) {
  const quoted = (/** @type {string} */ words) => `'${words.replaceAll("'", "'\\''")}'`;
  const token = access.token || needsToken ? ` -H 'Authorization: Bearer ${TOKEN}'` : "";
  const sent = body ? ` -H 'Content-Type: application/json' -d ${quoted(body)}` : "";
  return `curl${verb === "GET" ? "" : ` -X ${verb}`}${token}${sent} ${quoted(url)}`;
}

let needsToken = false;

/** @param {boolean} isNeeded examples name the token */
export function setNeedsToken(isNeeded) {
  needsToken = isNeeded;
}

/**
 * @param {Schema} schema
 * @param {Schemas} schemas
 * @param {string} id
 */
function bodyField(schema, schemas, id) {
  const field = /** @type {HTMLTextAreaElement} */ (el("textarea", { id: `${id}-body`, rows: "5", spellcheck: "false" }));
  say(field, JSON.stringify(exampleOf(schema, schemas), null, 2));
  return field;
}
