// Grants in words. Pure.

/** @typedef {{id: string, subject_kind: string, subject: string, subject_name: string, right: string, stream: string | null, group: string | null}} Grant */

/** The rights of a grant. @type {[string, string, string][]} */
export const RIGHTS = [
  ["see", "See", "Pictures, sound and state."],
  ["control", "Control", "Change, reconnect and move the camera; see too."],
  ["record", "Record", "Record on this server; see too."],
  ["talk", "Talk", "Speak through the camera; see too."],
  ["publish", "Publish", "Write the stream from a program; see too."],
];

/** @param {string} right */
export function rightWord(right) {
  return RIGHTS.find(([one]) => one === right)?.[1].toLowerCase() ?? right;
}

/** On what a grant is. @param {Grant} grant */
export function targetWords({ stream, group }) {
  if (stream) return stream;
  return group ? `all streams of the group ${group}` : "all streams";
}

/** Whom a grant is for. @param {Grant} grant */
export function subjectWords({ subject_kind, subject_name }) {
  if (subject_kind === "everybody") return "Everybody with an account";
  return subject_kind === "group" ? `Group ${subject_name}` : subject_name;
}

/**
 * Grants with the same subject, together.
 * @param {Grant[]} grants
 * @returns {{key: string, words: string, grants: Grant[]}[]} in the order of their names; groups and everybody first
 */
export function bySubject(grants) {
  /** @type {Map<string, Grant[]>} */
  const found = new Map();
  for (const grant of grants) {
    const key = `${grant.subject_kind} ${grant.subject}`;
    found.set(key, [...(found.get(key) ?? []), grant]);
  }
  const place = { everybody: 0, group: 1, account: 2 };
  const rank = (/** @type {Grant} */ grant) => place[/** @type {keyof typeof place} */ (grant.subject_kind)] ?? 3;
  return [...found]
    .map(([key, its]) => ({ key, words: subjectWords(its[0]), grants: its }))
    .sort((one, other) => rank(one.grants[0]) - rank(other.grants[0]) || one.words.localeCompare(other.words));
}
