// What the list of videos shows, as it stands in the address of the page. Pure.

/**
 * @typedef {object} Query
 * @property {string} q the search
 * @property {string} owner "me", a name, or "" for all
 * @property {string} tag
 * @property {string} state
 * @property {string} sort
 */

/** @type {[string, string][]} */
export const SORTS = [
  ["newest", "Newest first"],
  ["oldest", "Oldest first"],
  ["views", "Most views"],
  ["title", "Title"],
];
/** @type {(keyof Query)[]} */
const KEYS = ["q", "owner", "tag", "state", "sort"];
const FIRST_SORT = SORTS[0][0];

/** @param {string} search of an address @returns {Query} */
export function queryIn(search) {
  const given = new URLSearchParams(search);
  const [q, owner, tag, state, sort] = KEYS.map((key) => given.get(key) ?? "");
  return { q, owner, tag, state, sort: SORTS.some(([value]) => value === sort) ? sort : FIRST_SORT };
}

/** @param {Query} query @returns {string} for an address: "" or "?..." */
export function searchOf(query) {
  const given = new URLSearchParams();
  for (const key of KEYS) if (query[key] && query[key] !== (key === "sort" ? FIRST_SORT : "")) given.set(key, query[key]);
  const words = given.toString();
  return words && `?${words}`;
}

/** True if some videos may be left out. @param {Query} query */
export function isFiltered({ q, owner, tag, state }) {
  return Boolean(q.trim() || owner || tag || state);
}

/** True if a new video comes first. @param {Query} query */
export function isNewestFirst(query) {
  return query.sort === FIRST_SORT && !isFiltered(query);
}
