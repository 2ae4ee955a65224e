// The dialog "Grant access": to whom, what, on which streams.

import { Choices } from "./choice.js";
import { Field, select } from "./form-field.js";
import { RIGHTS } from "./grant-texts.js";
import { get, send } from "./send.js";
import { Sheet } from "./sheet.js";

/** @typedef {import("./api.js").Stream} Stream */

/** @returns {Promise<void>} when the dialog is closed */
export async function makeGrant() {
  const [{ people }, { groups }, streams] = await Promise.all([get("api/people", { limit: 500, services: 1 }), get("api/groups"), get("api/streams")]);
  const sheet = new Sheet("Grant access");
  const subject = new Field("To", select("grant-subject", subjects(people, groups)));
  const target = new Field("On", select("grant-target", targets(Object.values(streams))));
  const rights = new Choices("They may", RIGHTS, { chosen: ["see"] });
  sheet.submit("Grant", async () => {
    if (rights.values.length === 0) return sheet.fail("Choose at least one right.");
    // Each of the others allows to see the stream.
    const chosen = rights.values.length > 1 ? rights.values.filter((one) => one !== "see") : rights.values;
    const [kind, id = ""] = subject.value.split(" ");
    const on = JSON.parse(target.value);
    for (const right of chosen) await send("POST", "api/grants", {}, { subject_kind: kind, subject: id, right, ...on });
    sheet.close();
  });
  await new Promise((resolve) => {
    sheet.onClose = () => resolve(undefined);
    sheet.open(subject.element, target.element, rights.element);
  });
}

/**
 * @param {{id: string, name: string, display_name: string, role: string}[]} people
 * @param {{id: string, name: string}[]} groups
 * @returns {[string, string][]}
 */
function subjects(people, groups) {
  const accounts = people.filter((one) => one.role !== "admin").map((one) => /** @type {[string, string]} */ ([`account ${one.id}`, one.display_name ? `${one.display_name} (${one.name})` : one.name]));
  return [...accounts, ...groups.map((one) => /** @type {[string, string]} */ ([`group ${one.id}`, `Group ${one.name}`])), ["everybody", "Everybody with an account"]];
}

/**
 * @param {Stream[]} streams
 * @returns {[string, string][]}
 */
function targets(streams) {
  const groups = [...new Set(streams.flatMap((one) => one.groups))].sort();
  return [
    ...streams.map((one) => /** @type {[string, string]} */ ([JSON.stringify({ stream: one.name }), one.display_name ? `${one.display_name} (${one.name})` : one.name])),
    ...groups.map((one) => /** @type {[string, string]} */ ([JSON.stringify({ group: one }), `All streams of the group ${one}`])),
    ["{}", "All streams"],
  ];
}
