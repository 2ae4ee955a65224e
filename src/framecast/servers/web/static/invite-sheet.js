// The dialog "Invite": a role and groups in, a link out that is shown once.

import { base } from "./api.js";
import { Choices } from "./choice.js";
import { Field, select } from "./form-field.js";
import { get, send } from "./send.js";
import { Sheet, showOnce } from "./sheet.js";

const DAY_S = 86400;
/** @type {[string, string][]} */
const LIVES = [
  [String(DAY_S), "1 day"],
  [String(7 * DAY_S), "7 days"],
  [String(30 * DAY_S), "30 days"],
];
/** The roles of accounts. @type {[string, string, string][]} */
export const ROLE_CHOICES = [
  ["viewer", "Viewer", "Sees the streams that are granted, and nothing else."],
  ["member", "Member", "Also adds streams, and does everything with those."],
  ["admin", "Admin", "May do everything: all streams, people and access."],
];

/** @returns {Promise<void>} when the dialogs are closed */
export async function invite() {
  const { groups } = await get("api/groups");
  const sheet = new Sheet("Invite somebody");
  const role = new Choices("Role", ROLE_CHOICES, { isOne: true, chosen: ["viewer"] });
  const member = new Choices(
    "Member of",
    groups.map((/** @type {{id: string, name: string}} */ one) => [one.id, one.name, ""]),
  );
  member.element.hidden = groups.length === 0;
  const life = new Field("The link works for", select("invite-life", LIVES));
  life.value = LIVES[1][0];
  /** @type {string} */
  let secret = "";
  sheet.submit("Make the link", async () => {
    const body = { role: role.value, groups: member.values, expires_s: Number(life.value) };
    ({ secret } = await send("POST", "api/invitations", {}, body));
    sheet.close();
  });
  await new Promise((resolve) => {
    sheet.onClose = () => resolve(undefined);
    sheet.open(role.element, member.element, life.element);
  });
  if (secret) await showLink("Invitation", "Send this link to one person. It makes one account: the first who uses it chooses the name and the password.", `${base.href}join#${secret}`);
}

/**
 * @param {string} title
 * @param {string} words
 * @param {string} url
 */
export function showLink(title, words, url) {
  return showOnce(title, words, { label: "Link", secret: url });
}
