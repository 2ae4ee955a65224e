// The dialog that changes a video: title, description, tags, who may see it. The grid and the page of a video use it.

import { Choices } from "./choice.js";
import { el } from "./dom.js";
import { Field, input } from "./form-field.js";
import { send } from "./send.js";
import { Sheet } from "./sheet.js";
import { tagsIn, VISIBILITIES } from "./videos-texts.js";

/** @typedef {Pick<import("./videos-texts.js").Video, "id" | "title" | "description" | "tags" | "visibility">} Edited */

/**
 * @param {Edited} video
 * @param {(changed: any) => void} onSaved gets the video as the server has it now
 */
export function editVideo(video, onSaved) {
  const sheet = new Sheet("Edit the video");
  /** @type {Field} */
  const title = new Field("Title", input("video-title", { autocapitalize: "sentences", maxlength: "200" }), { check: () => (title.value ? "" : "A video has a title.") });
  const description = new Field("Description", /** @type {any} */ (el("textarea", { id: "video-description", rows: "5", maxlength: "10000" })));
  const tags = new Field("Tags", input("video-tags", { placeholder: "garden, summer" }), { hint: "With commas between them." });
  const visibility = new Choices("Who may see it", VISIBILITIES, { isOne: true, chosen: [video.visibility] });
  [title.value, description.value, tags.value] = [video.title, video.description, video.tags.join(", ")];
  sheet.submit("Save", async () => {
    if (!title.isValid()) return title.control.focus();
    const wanted = { title: title.value, description: description.value, tags: tagsIn(tags.value), visibility: visibility.value };
    const changed = await send("PATCH", `api/videos/${encodeURIComponent(video.id)}`, {}, wanted);
    sheet.close();
    onSaved(changed);
  });
  sheet.open(title.element, description.element, tags.element, visibility.element);
}
