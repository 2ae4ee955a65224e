// The settings of a room: who may do what, words, members, invitations, export, deletion. For its owner and its moderators.

import { address } from "./api.js";
import { confirmed } from "./confirm.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { RoomForm } from "./rooms-form.js";
import { InvitationList } from "./rooms-invite.js";
import { MemberList } from "./rooms-members.js";
import { roomApi } from "./rooms-place.js";
import { send } from "./send.js";
import { Sheet } from "./sheet.js";
import { toast } from "./toast.js";

/**
 * @typedef {object} RoomHere
 * @property {string} key
 * @property {string} kind
 * @property {string} title
 * @property {import("./rooms-texts.js").Settings} settings
 * @property {string | null} owner
 * @property {{id: string, name: string, role: import("./rooms-texts.js").Role, may_write: boolean, may_moderate: boolean}} you
 *
 * @typedef {{key: string, words: string, element: HTMLElement, load: () => Promise<void> | void}} Part
 */

/**
 * Open the settings.
 * @param {RoomHere} room
 * @param {(room: RoomHere) => void} onChanged
 */
export function openSettings(room, onChanged) {
  const sheet = new Sheet("Settings of the room");
  const form = new RoomForm(room);
  const members = new MemberList(room);
  const isPrivate = room.key.startsWith("room:");
  const invitations = new InvitationList(room.key);
  const save = () =>
    sheet.submit("Save", async () => {
      const patch = form.patch();
      if (patch === null) return;
      const changed = Object.keys(patch).length ? await send("PATCH", roomApi(room.key), {}, patch) : room;
      onChanged(changed);
      sheet.close();
      toast("The settings are saved.");
    });
  /** @type {Part[]} */
  const parts = [
    { key: "rules", words: "Rules", element: form.rules, load: save },
    { key: "words", words: "Words", element: form.words, load: save },
    { key: "members", words: "Members", element: members.element, load: () => (sheet.finish("Done"), members.load()) },
    ...(isPrivate ? [{ key: "invitations", words: "Invitations", element: invitations.element, load: () => (sheet.finish("Done"), invitations.load()) }] : []),
    { key: "data", words: "Data", element: dataPart(room, sheet), load: () => sheet.finish("Done") },
  ];
  const panel = el("div", { class: "room-panel" });
  const bar = tabBar(parts, (part) => {
    panel.replaceChildren(part.element);
    sheet.fail("");
    void part.load();
  });
  sheet.open(bar, panel);
  return sheet;
}

/**
 * Buttons of which one is pressed. (`Tabs` keep the part in the address of the page, which is the room's here.)
 * @param {Part[]} parts
 * @param {(part: Part) => void} onChosen
 */
function tabBar(parts, onChosen) {
  const buttons = parts.map((part, place) => el("button", { class: "chip", type: "button", onclick: () => choose(place) }, part.words));
  /** @param {number} place */
  const choose = (place) => {
    buttons.forEach((button, at) => button.setAttribute("aria-pressed", String(at === place)));
    onChosen(parts[place]);
  };
  choose(0);
  return el("div", { class: "chips room-parts", role: "group", "aria-label": "Parts of the settings" }, ...buttons);
}

/**
 * @param {RoomHere} room
 * @param {Sheet} sheet
 */
function dataPart(room, sheet) {
  const isPrivate = room.key.startsWith("room:");
  const remove = el("button", { class: "button grave", type: "button", onclick: () => void deleteRoom(room, sheet) }, icon("remove"), isPrivate ? "Delete the room …" : "Delete everything that was said …");
  return el(
    "div",
    { class: "room-data" },
    el("section", {}, el("h3", {}, "Export"), el("p", { class: "muted" }, "Everything that was said, as a file of JSON lines."), el("a", { class: "button", href: address(roomApi(room.key, "export")), download: "" }, icon("down"), "Download")),
    room.you.role === "owner" && el("section", {}, el("h3", {}, "Delete"), el("p", { class: "muted" }, isPrivate ? "The room and all that was said in it are gone for good." : "The room begins again, empty and with the settings of the server."), remove),
  );
}

/**
 * @param {RoomHere} room
 * @param {Sheet} sheet
 */
async function deleteRoom(room, sheet) {
  const isPrivate = room.key.startsWith("room:");
  const title = isPrivate ? `Delete the room “${room.title}”?` : "Delete everything that was said here?";
  if (!(await confirmed(title, "Nobody can restore it.", "Delete"))) return;
  try {
    await send("DELETE", roomApi(room.key));
    sheet.close();
    location.assign(isPrivate ? address("rooms") : location.href);
  } catch (error) {
    sheet.fail(error instanceof Error ? error.message : String(error));
  }
}
