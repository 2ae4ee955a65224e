// Moments as people read them. Pure.

import { countWords, sinceWords } from "./words.js";

const DAY_S = 86400;

/**
 * How long ago it was: "5 minutes ago", from a month on the date.
 * @param {number | null} at UTC seconds; null is never
 * @param {string} [never]
 */
export function agoWords(at, never = "never") {
  if (at === null || at === undefined) return never;
  const seconds = Date.now() / 1000 - at;
  if (seconds < 60) return "just now";
  return seconds < 30 * DAY_S ? `${sinceWords(at)} ago` : dateWords(at);
}

/** When somebody was last seen. @param {number | null} at UTC seconds */
export function seenWords(at) {
  return at === null ? "never seen" : `seen ${agoWords(at)}`;
}

/**
 * When something ends: "in 3 days", "never", "ended".
 * @param {number | null} at UTC seconds; null is never
 */
export function untilWords(at) {
  if (at === null || at === undefined) return "never";
  const seconds = at - Date.now() / 1000;
  if (seconds <= 0) return "ended";
  if (seconds < 3600) return `in ${countWords(Math.ceil(seconds / 60), "minute", "minutes")}`;
  if (seconds < 2 * DAY_S) return `in ${countWords(Math.round(seconds / 3600), "hour", "hours")}`;
  return seconds < 60 * DAY_S ? `in ${Math.round(seconds / DAY_S)} days` : `on ${dateWords(at)}`;
}

/** @param {number} at UTC seconds */
export function dateWords(at) {
  return new Date(at * 1000).toLocaleDateString(undefined, { year: "numeric", month: "short", day: "numeric" });
}

/** Date and time to the second, for the audit log. @param {number} at UTC seconds */
export function momentWords(at) {
  return new Date(at * 1000).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

/**
 * The browser and the system in the User-Agent of a session; its text if it is of another form.
 * @param {string} agent
 */
export function agentWords(agent) {
  const browser = [["Edg/", "Edge"], ["OPR/", "Opera"], ["Firefox/", "Firefox"], ["Chrome/", "Chrome"], ["Safari/", "Safari"]].find(([sign]) => agent.includes(sign))?.[1];
  const system = [["iPhone", "iPhone"], ["iPad", "iPad"], ["Android", "Android"], ["Windows", "Windows"], ["Mac OS X", "macOS"], ["CrOS", "ChromeOS"], ["Linux", "Linux"]].find(([sign]) => agent.includes(sign))?.[1];
  if (browser) return system ? `${browser} on ${system}` : browser;
  return agent.slice(0, 60) || "Unknown program";
}
