// What tokens are for, in words. Pure.

/** @typedef {{id: string, name: string, kind: string, scopes: string[], stream: string | null, created_at: number, used_at: number | null, used_from: string, expires_at: number | null}} Token */

/** The scopes: what a token has of the rights of its account. @type {[string, string, string][]} */
export const SCOPES = [
  ["watch", "Watch", "Pictures and sound of streams"],
  ["read", "Read", "Lists, states and events of streams, without their pictures"],
  ["publish", "Publish", "Write streams from a program"],
  ["change", "Change", "Add, change, control and remove streams"],
  ["metrics", "Metrics", "Figures for Prometheus"],
  ["relay", "Relay", "Another Framecast node takes streams from here"],
  ["work", "Work", "Another machine works on stored videos, for an admin"],
  ["admin", "Everything", "All that the account may do, people and access too"],
];
/** @type {Record<string, string>} */
export const TOKEN_KINDS = { api: "Program", media: "Player or picture", screen: "Screen on the wall" };
const DAY_S = 86400;
/** How long a token works, in seconds. @type {[string, string][]} */
export const LIFETIMES = [
  [String(30 * DAY_S), "30 days"],
  [String(90 * DAY_S), "90 days"],
  [String(365 * DAY_S), "1 year"],
  ["", "Until it is ended"],
];

/** @param {string[]} scopes */
export function scopeWords(scopes) {
  const known = SCOPES.filter(([scope]) => scopes.includes(scope)).map(([, words]) => words.toLowerCase());
  return known.join(", ") || "nothing";
}

/** What a token opens. @param {Token} token */
export function tokenWords(token) {
  const stream = token.stream ? ` of ${token.stream}` : "";
  return `${TOKEN_KINDS[token.kind] ?? token.kind}: ${scopeWords(token.scopes)}${stream}`;
}
