// <framecast-api>: the API documentation, generated from the server's OpenAPI description.

import { address, ask } from "./api.js";
import { el } from "./dom.js";

/**
 * @typedef {object} Parameter
 * @property {string} name
 * @property {boolean} [required]
 * @property {string} [description]
 * @property {{type?: string, default?: unknown, minimum?: number, maximum?: number}} [schema]
 *
 * @typedef {object} Operation
 * @property {string} [summary]
 * @property {string} [description]
 * @property {string[]} [tags]
 * @property {Parameter[]} [parameters]
 * @property {object} [requestBody]
 *
 * @typedef {{paths: Record<string, Record<string, Operation>>}} Description
 */

class FramecastApi extends HTMLElement {
  async connectedCallback() {
    try {
      const found = /** @type {Description} */ (await (await ask(address("openapi.json"))).json());
      this.replaceChildren(...sections(found));
    } catch (error) {
      this.replaceChildren(el("p", { class: "notice bad", role: "alert" }, error instanceof Error ? error.message : String(error)));
    }
  }
}

/** @param {Description} description */
function sections(description) {
  /** @type {Map<string, HTMLElement[]>} */
  const groups = new Map();
  for (const [path, methods] of Object.entries(description.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags?.[0] ?? "other";
      groups.set(tag, [...(groups.get(tag) ?? []), route(path, method, operation)]);
    }
  }
  return [...groups].flatMap(([tag, routes]) => [el("h2", {}, tag), ...routes]);
}

/**
 * @param {string} path
 * @param {string} method
 * @param {Operation} operation
 */
function route(path, method, operation) {
  const isPlain = method === "get" && !operation.parameters?.some((parameter) => parameter.required);
  return el(
    "section",
    { class: "card route" },
    el("h3", {}, el("span", { class: "method", "data-method": method }, method.toUpperCase()), el("code", {}, path)),
    el("p", {}, ...withCode(operation.description ?? operation.summary ?? "")),
    operation.parameters?.length ? el("dl", { class: "parameters" }, ...operation.parameters.flatMap(rows)) : null,
    operation.requestBody ? el("p", {}, "The parameters may also be sent as a JSON body.") : null,
    isPlain ? el("a", { class: "try", href: address(path.slice(1)) }, "Open") : null,
  );
}

/**
 * Text between `backticks` is code.
 * @param {string} text
 */
function withCode(text) {
  return text.split("`").map((text, place) => (place % 2 ? el("code", {}, text) : text));
}

/** @param {Parameter} parameter */
function rows(parameter) {
  const { schema = {} } = parameter;
  const words = [
    parameter.description,
    parameter.required ? "required" : "",
    schema.default !== undefined && schema.default !== null && schema.default !== "" ? `default ${schema.default}` : "",
    schema.minimum !== undefined && schema.maximum !== undefined ? `${schema.minimum} to ${schema.maximum}` : "",
  ];
  return [el("dt", {}, parameter.name), el("dd", {}, words.filter(Boolean).join("; "))];
}

customElements.define("framecast-api", FramecastApi);
