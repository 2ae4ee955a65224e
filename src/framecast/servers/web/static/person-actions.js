// What an admin does with an account: look at it, change its role, lock it, reset its password, end its sessions, delete it.

import { base } from "./api.js";
import { Choices } from "./choice.js";
import { confirmed } from "./confirm.js";
import { el } from "./dom.js";
import { ROLE_CHOICES, showLink } from "./invite-sheet.js";
import { Field, select } from "./form-field.js";
import { get, send } from "./send.js";
import { Sheet } from "./sheet.js";
import { agoWords, dateWords } from "./times.js";
import { TokenList } from "./token-list.js";
import { countWords, ownedWords } from "./words.js";

/**
 * @typedef {import("./people-list.js").Person} Person
 * @typedef {(what: () => Promise<unknown>) => void} Do
 */

/**
 * The menu of a person.
 * @param {Person} person
 * @param {boolean} isMe
 * @param {Do} run does it and shows the list again
 * @param {() => void} onChanged
 * @returns {import("./menu.js").Item[]}
 */
export function itemsOf(person, isMe, run, onChanged) {
  const title = person.display_name || person.name;
  const lock = person.locked
    ? { words: "Unlock", run: () => run(() => send("PATCH", "api/people", { id: person.id }, { locked: false })) }
    : { words: "Lock", note: "Signs out at once, and cannot sign in.", run: isMe ? undefined : () => run(() => send("PATCH", "api/people", { id: person.id }, { locked: true })) };
  return [
    { words: "Details", run: () => void openPerson(person, onChanged) },
    { words: "Link to reset the password", run: () => run(() => resetLink(person)) },
    ...(person.has_second_factor ? [{ words: "Remove the second step", note: "For a person who has lost app, passkeys and recovery codes.", run: () => run(() => removeFactors(person, title)) }] : []),
    { words: "Sign out everywhere", run: () => run(() => signOut(person, title)) },
    lock,
    { words: "Delete …", isGrave: true, run: isMe ? undefined : () => run(() => remove(person)), note: isMe ? "Another admin can delete your account." : undefined },
  ];
}

/** @param {Person} person */
async function resetLink(person) {
  const { secret } = await send("POST", "api/people/reset", { id: person.id });
  await showLink("New password", `Send this link to ${person.display_name || person.name}. It sets a new password once, within a day; until then the old one works.`, `${base.href}reset#${secret}`);
}

/**
 * @param {Person} person
 * @param {string} title
 */
async function signOut(person, title) {
  if (await confirmed(`Sign out ${title} everywhere?`, "All browsers are signed out within a second. Tokens go on.", "Sign out")) await send("DELETE", "api/people/sessions", { id: person.id });
}

/**
 * @param {Person} person
 * @param {string} title
 */
async function removeFactors(person, title) {
  const words = "App, passkeys and recovery codes end; the password alone is enough then. Make sure that it is this person who asks.";
  if (await confirmed(`Remove the second step of ${title}?`, words, "Remove")) await send("DELETE", "api/people/factors", { id: person.id });
}

/**
 * Ask what becomes of streams and videos, and delete.
 * @param {Person} person
 */
export async function remove(person) {
  const title = person.display_name || person.name;
  const sheet = new Sheet(`Delete ${title}?`);
  const owned = person.streams.length + person.videos;
  const { people } = owned ? await get("api/people", { limit: 100 }) : { people: [] };
  const heirs = people.filter((/** @type {Person} */ one) => one.id !== person.id && !one.is_service && one.role !== "viewer");
  /** @type {Choices} */
  const fate = new Choices(
    `What becomes of ${ownedWords(person.streams.length, person.videos)}?`,
    [
      ["give", "Give to somebody else", person.streams.join(", ")],
      ["remove", "Remove", "Programs and pages that use them lose them."],
    ],
    { isOne: true, chosen: ["give"], onChange: () => (heir.element.hidden = fate.value !== "give") },
  );
  /** @type {Field} */
  const heir = new Field(
    "New owner",
    select("heir", heirs.map((/** @type {Person} */ one) => [one.id, one.display_name || one.name])),
  );
  sheet.submit(
    "Delete",
    async () => {
      await send("DELETE", "api/people", { id: person.id, ...(owned ? { streams: fate.value, videos: fate.value, to: fate.value === "give" ? heir.value : "" } : {}) });
      sheet.close();
    },
    { isGrave: true },
  );
  await new Promise((resolve) => {
    sheet.onClose = () => resolve(undefined);
    const words = "The account, its sessions, tokens and grants go, and what they opened ends within a second. The audit log keeps its name.";
    sheet.open(el("p", { class: "muted" }, words), owned ? fate.element : null, owned ? heir.element : null);
  });
}

/**
 * The dialog with everything about a person; the role is changed here.
 * @param {Person} person
 * @param {() => void} onChanged
 */
export async function openPerson(person, onChanged) {
  const title = person.display_name || person.name;
  const sheet = new Sheet(title);
  const role = new Choices("Role", ROLE_CHOICES, { isOne: true, chosen: [person.role] });
  /** @type {[string, string][]} */
  const facts = [
    ["Name", person.name],
    ["Since", dateWords(person.created_at)],
    ["Last seen", agoWords(person.seen_at)],
    ["Second factor", person.has_second_factor ? "yes" : "no"],
    ["Groups", person.groups.join(", ") || "none"],
    ["Owns", [...person.streams, ...(person.videos ? [countWords(person.videos, "video", "videos")] : [])].join(", ") || "no streams"],
  ];
  const tokens = new TokenList(person.id, person.role);
  sheet.submit("Save", async () => {
    if (role.value !== person.role) await send("PATCH", "api/people", { id: person.id }, { role: role.value });
    sheet.close();
  });
  sheet.onClose = onChanged;
  sheet.open(
    el("dl", { class: "details" }, ...facts.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
    role.element,
    el("fieldset", { class: "choices" }, el("legend", {}, "Tokens"), tokens.element),
  );
  await tokens.load();
}
