// The rows of the audit log in words. Pure.

/** @typedef {{id: number, at: number, who: string, address: string, what: string, target: string, result: string}} Entry */

/** What happened, by the word of the log; one that is not here is shown with its own words. @type {Record<string, string>} */
const EVENTS = {
  "sign-in": "Sign-in",
  "account.create": "Account made",
  "account.change": "Account changed",
  "account.delete": "Account deleted",
  "password.set": "Password set",
  "session.end": "Session ended",
  "session.end-all": "Sessions ended",
  "token.make": "Token made",
  "token.end": "Token ended",
  "grant.make": "Access granted",
  "grant.revoke": "Access taken back",
  "group.make": "Group made",
  "group.rename": "Group renamed",
  "group.delete": "Group deleted",
  "group.add": "Added to group",
  "group.remove": "Taken out of group",
  "invitation.make": "Invitation made",
  "invitation.accept": "Invitation accepted",
  "invitation.end": "Invitation withdrawn",
  "reset.make": "Reset link made",
  "reset.use": "Password reset",
  "reset.end": "Reset link ended",
};
/** The kinds of events that the page filters by. @type {[string, string][]} */
export const KINDS = [
  ["", "Everything"],
  ["sign-in", "Sign-ins"],
  ["account", "Accounts"],
  ["password", "Passwords"],
  ["session", "Sessions"],
  ["token", "Tokens"],
  ["grant", "Grants"],
  ["group", "Groups"],
  ["invitation", "Invitations"],
  ["reset", "Resets"],
  ["stream", "Streams"],
];

/** @param {string} what */
export function eventWords(what) {
  const words = EVENTS[what] ?? what.replace(/[._-]+/g, " ");
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

/**
 * A day of a form as UTC seconds: its beginning, or the beginning of the next one.
 * @param {string} day such as 2026-05-01, or ""
 * @param {number} [later] days
 * @returns {number} 0 for none
 */
export function dayStart(day, later = 0) {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return 0;
  const [year, month, date] = day.split("-").map(Number);
  return Math.floor(new Date(year, month - 1, date + later).getTime() / 1000);
}
