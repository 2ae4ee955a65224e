// <framecast-api>: the API documentation, generated from the server's OpenAPI description: parameters, bodies, answers, and each request to try.

import { address, ask } from "./api.js";
import { accessSection, streamNames } from "./docs-access.js";
import { fieldsOf, limitWords, plain, typeWords } from "./docs-schema.js";
import { TryOut } from "./docs-try.js";
import { el } from "./dom.js";

/**
 * @typedef {import("./docs-schema.js").Schema} Schema
 * @typedef {import("./docs-schema.js").Schemas} Schemas
 * @typedef {import("./docs-schema.js").Field} Field
 * @typedef {Record<string, {schema?: Schema}>} Content by media type
 *
 * @typedef {object} Parameter
 * @property {string} name
 * @property {boolean} [required]
 * @property {string} [description]
 * @property {Schema} [schema]
 *
 * @typedef {object} Operation
 * @property {string} [summary]
 * @property {string} [description]
 * @property {string[]} [tags]
 * @property {Parameter[]} [parameters]
 * @property {{content: Content}} [requestBody]
 * @property {Record<string, {description?: string, content?: Content}>} responses
 *
 * @typedef {{paths: Record<string, Record<string, Operation>>, components: {schemas: Schemas}}} Description
 */

/** The same for every route. @type {Record<string, string>} */
const ERRORS = { "4XX": "the request cannot be served", "5XX": "not now" };

class FramecastApi extends HTMLElement {
  async connectedCallback() {
    try {
      const [found, access, names] = await Promise.all([
        /** @type {Promise<Description>} */ (ask(address("openapi.json")).then((answer) => answer.json())),
        accessSection(),
        streamNames(),
      ]);
      this.replaceChildren(access, names, ...sections(found));
      this.#openTarget();
      addEventListener("hashchange", () => this.#openTarget());
    } catch (error) {
      this.replaceChildren(el("p", { class: "notice bad", role: "alert" }, error instanceof Error ? error.message : String(error)));
    }
  }

  /** A link to a route opens it. */
  #openTarget() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!(target instanceof HTMLDetailsElement)) return;
    target.open = true;
    target.scrollIntoView();
  }
}

/** @param {Description} description */
function sections({ paths, components }) {
  /** @type {Map<string, HTMLElement[]>} */
  const groups = new Map();
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags?.[0] ?? "other";
      groups.set(tag, [...(groups.get(tag) ?? []), route(path, method, operation, components.schemas)]);
    }
  }
  return [...groups].flatMap(([tag, routes]) => [el("h2", { class: "group" }, tag), ...routes]);
}

/**
 * @param {string} path
 * @param {string} method
 * @param {Operation} operation
 * @param {Schemas} schemas
 */
function route(path, method, operation, schemas) {
  const head = el("summary", {}, el("h3", {}, el("span", { class: "method", "data-method": method }, method.toUpperCase()), el("code", {}, path)), el("span", { class: "route-summary" }, operation.summary ?? ""));
  const card = /** @type {HTMLDetailsElement} */ (el("details", { class: "card route", id: `${method}${path}` }, head));
  // Most routes are never opened.
  card.addEventListener("toggle", () => card.append(...details(path, method, operation, schemas)), { once: true });
  return card;
}

/**
 * @param {string} path
 * @param {string} method
 * @param {Operation} operation
 * @param {Schemas} schemas
 * @returns {HTMLElement[]}
 */
function details(path, method, operation, schemas) {
  const body = operation.requestBody?.content["application/json"]?.schema;
  const isSocket = "101" in operation.responses;
  return [
    ...(operation.description ?? "").split("\n\n").map((words) => el("p", {}, ...withCode(words))),
    ...part("Parameters", (operation.parameters ?? []).map((one) => parameterField(one, schemas))),
    ...(body ? part("Body: application/json", fieldsOf(body, schemas)) : []),
    ...Object.entries(operation.responses).flatMap(([status, answer]) => (status in ERRORS ? [] : answerPart(status, answer, schemas))),
    el("h4", {}, "Errors"),
    el("p", {}, ...withCode("JSON with the name of the error, `error`, and a sentence for people, `message`."), ...Object.entries(ERRORS).map(([status, words]) => ` ${status}: ${words}.`)),
    el("h4", {}, "Try it"),
    isSocket ? el("p", {}, "This is a WebSocket: connect to it with a program.") : new TryOut(path, method, operation, schemas).element,
  ];
}

/**
 * @param {string} status
 * @param {{description?: string, content?: Content}} answer
 * @param {Schemas} schemas
 */
function answerPart(status, { description = "", content = {} }, schemas) {
  const [kind, { schema = {} } = {}] = Object.entries(content)[0] ?? [""];
  const words = description === "Successful Response" ? "" : description;
  const fields = fieldsOf(schema, schemas);
  const type = plain(schema, schemas) === schema && !schema.type && !schema.anyOf ? "" : typeWords(schema, schemas);
  const title = el("h4", {}, `Answer ${status}`, kind && el("span", { class: "muted" }, `: ${kind}${type && type !== "any" ? `, ${type}` : ""}`));
  return [title, words && el("p", {}, words), fields.length ? fieldList(fields.map((one) => ({ ...one, isRequired: false }))) : null].filter((one) => one instanceof HTMLElement);
}

/**
 * @param {string} title
 * @param {Field[]} fields
 */
function part(title, fields) {
  return fields.length ? [el("h4", {}, title), fieldList(fields)] : [];
}

/** @param {Field[]} fields */
function fieldList(fields) {
  const rows = fields.flatMap(({ name, type, isRequired, words }) => [
    el("dt", {}, name),
    el("dd", {}, el("span", { class: "field-type" }, type, isRequired ? ", required" : ""), words ? el("span", {}, ...withCode(words)) : null),
  ]);
  return el("dl", { class: "parameters" }, ...rows);
}

/**
 * @param {Parameter} parameter
 * @param {Schemas} schemas
 * @returns {Field}
 */
function parameterField({ name, required = false, description = "", schema = {} }, schemas) {
  const found = plain(schema, schemas);
  return { name, type: found.type ?? "any", isRequired: required, words: [description, ...limitWords(found)].filter(Boolean).join("; ") };
}

/**
 * Text between `backticks` is code.
 * @param {string} text
 */
function withCode(text) {
  return text.split("`").map((words, place) => (place % 2 ? el("code", {}, words) : words));
}

customElements.define("framecast-api", FramecastApi);
