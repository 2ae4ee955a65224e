// The dialog that makes a private room.

import { address } from "./api.js";
import { el } from "./dom.js";
import { Field, input } from "./form-field.js";
import { roomPath } from "./rooms-place.js";
import { send } from "./send.js";
import { Sheet } from "./sheet.js";

export const LONGEST_TITLE = 120;

/** Ask for a title, make the room and go there. */
export function makeRoom() {
  const sheet = new Sheet("New private room");
  /** @type {Field} */
  const title = new Field("Title", input("room-title", { maxlength: String(LONGEST_TITLE), placeholder: "Film night", autocapitalize: "sentences" }), {
    hint: "You invite people by a link, in the settings of the room.",
    check: () => wrongTitle(title.value),
  });
  sheet.submit("Make the room", async () => {
    if (!title.isValid()) return title.control.focus();
    const room = await send("POST", "api/rooms", {}, { title: title.value });
    location.assign(address(roomPath(room.key)));
  });
  sheet.open(el("p", { class: "muted" }, "Only people with an invitation see that it exists."), title.element);
}

/** What is wrong with a title, "" if nothing is. @param {string} title */
export function wrongTitle(title) {
  if (!title) return "Enter a title.";
  return [...title].length > LONGEST_TITLE ? `The title may have ${LONGEST_TITLE} characters, got ${[...title].length}.` : "";
}
