// The schemas of an OpenAPI description as rows for people, and an example of each. Pure.

/**
 * @typedef {object} Schema
 * @property {string} [$ref]
 * @property {string} [type]
 * @property {string} [description]
 * @property {unknown} [default]
 * @property {unknown} [example]
 * @property {unknown[]} [examples]
 * @property {unknown[]} [enum]
 * @property {unknown} [const]
 * @property {number} [minimum]
 * @property {number} [maximum]
 * @property {number} [minLength]
 * @property {number} [maxLength]
 * @property {string} [pattern]
 * @property {Schema} [items]
 * @property {Schema[]} [anyOf]
 * @property {Record<string, Schema>} [properties]
 * @property {string[]} [required]
 * @property {boolean | Schema} [additionalProperties]
 *
 * @typedef {Record<string, Schema>} Schemas by name
 * @typedef {{name: string, type: string, isRequired: boolean, words: string}} Field
 */

const DEEPEST = 3;

/**
 * The schema itself: without references, and without "or null".
 * @param {Schema} schema
 * @param {Schemas} schemas
 * @returns {Schema}
 */
export function plain(schema, schemas) {
  if (schema.$ref) return plain(schemas[schema.$ref.split("/").pop() ?? ""] ?? {}, schemas);
  const kinds = (schema.anyOf ?? []).filter((one) => one.type !== "null");
  return kinds.length === 1 ? { ...plain(kinds[0], schemas), ...without(schema) } : schema;
}

/**
 * @param {Schema} schema
 * @param {Schemas} schemas
 * @returns {string} such as "list of string", "Stream or null"
 */
export function typeWords(schema, schemas) {
  if (schema.$ref) return schema.$ref.split("/").pop() ?? "";
  if (schema.anyOf) return [...new Set(schema.anyOf.map((one) => typeWords(one, schemas)))].join(" or ");
  if (schema.type === "array") return `list of ${typeWords(schema.items ?? {}, schemas)}`;
  const { additionalProperties: values } = schema;
  if (schema.type === "object" && typeof values === "object") return `object of ${typeWords(values, schemas)}`;
  return schema.type ?? "any";
}

/**
 * Limits and default, in words.
 * @param {Schema} schema
 * @returns {string[]}
 */
export function limitWords(schema) {
  const { minimum: low, maximum: high, minLength: short, maxLength: long } = schema;
  const isShown = schema.default !== undefined && schema.default !== null && schema.default !== "" && String(schema.default) !== "";
  return [
    schema.enum ? `one of ${schema.enum.join(", ")}` : "",
    low !== undefined && high !== undefined ? `${low} to ${high}` : low !== undefined ? `at least ${low}` : high !== undefined ? `at most ${high}` : "",
    short ? `at least ${short} characters` : "",
    long ? `at most ${long} characters` : "",
    schema.pattern ? `pattern \`${schema.pattern}\`` : "",
    isShown ? `default ${schema.default}` : "",
  ].filter(Boolean);
}

/**
 * The fields of a body, those of objects inside it with the path before their name.
 * @param {Schema} schema
 * @param {Schemas} schemas
 * @returns {Field[]}
 */
export function fieldsOf(schema, schemas, path = "", depth = 0) {
  const found = plain(schema, schemas);
  if (depth > DEEPEST) return [];
  if (found.type === "array" && found.items) return fieldsOf(found.items, schemas, `${path}[].`, depth + 1);
  if (found.anyOf) return alternatives(found.anyOf).flatMap((one) => fieldsOf(one, schemas, path, depth + 1));
  if (typeof found.additionalProperties === "object") return fieldsOf(found.additionalProperties, schemas, `${path}NAME.`, depth + 1);
  return Object.entries(found.properties ?? {}).flatMap(([name, one]) => [
    row(`${path}${name}`, one, schemas, (found.required ?? []).includes(name)),
    ...fieldsOf(one, schemas, `${path}${name}${plain(one, schemas).type === "array" ? "" : "."}`, depth + 1),
  ]);
}

/**
 * Without the objects whose values are another alternative: "one of them, or all by name" has the fields of one.
 * @param {Schema[]} schemas
 */
function alternatives(schemas) {
  const names = schemas.map((one) => one.$ref).filter(Boolean);
  return schemas.filter(({ additionalProperties: values }) => typeof values !== "object" || !names.includes(values.$ref));
}

/**
 * A body that may be sent: required fields, and those with an example.
 * @param {Schema} schema
 * @param {Schemas} schemas
 * @returns {unknown}
 */
export function exampleOf(schema, schemas) {
  const found = plain(schema, schemas);
  const given = [found.example, found.examples?.[0], found.default ?? undefined, found.enum?.[0]].find((one) => one !== undefined);
  if (given !== undefined) return given;
  if (found.type === "object") {
    const wanted = Object.entries(found.properties ?? {}).filter(([name, one]) => found.required?.includes(name) || plain(one, schemas).examples);
    return Object.fromEntries(wanted.map(([name, one]) => [name, exampleOf(one, schemas)]));
  }
  if (found.type === "array") return [];
  if (found.type === "boolean") return false;
  return found.type === "integer" || found.type === "number" ? (found.minimum ?? 0) : "";
}

/**
 * @param {string} name
 * @param {Schema} schema
 * @param {Schemas} schemas
 * @param {boolean} isRequired
 * @returns {Field}
 */
function row(name, schema, schemas, isRequired) {
  const found = plain(schema, schemas);
  const description = schema.$ref || typeWords(schema, schemas) !== typeWords(found, schemas) ? schema.description : found.description;
  return { name, type: typeWords(schema, schemas), isRequired, words: [description ?? "", ...limitWords(found)].filter(Boolean).join("; ") };
}

/** @param {Schema} schema */
function without(schema) {
  const { anyOf: _, ...rest } = schema;
  return rest;
}
