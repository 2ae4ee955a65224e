// The dialog "Share": the link, also to the current place, and what puts the video into another page.

import { base } from "./api.js";
import { el } from "./dom.js";
import { Sheet } from "./sheet.js";
import "./snippet.js";
import { placeWords } from "./video-player.js";
import { embedCodes, videoAddress } from "./video-place.js";

/** @typedef {import("../video/item-words.js").Item} Item */

/** Who can open the link. @type {Record<string, string>} */
const WHO = {
  private: "Only you and the admins can open it. Change that under Edit.",
  members: "Everybody with an account here can open it.",
  unlisted: "Everybody who has the link can open it.",
  public: "Everybody can open it.",
};

/**
 * @param {Item} item
 * @param {number} at the current place
 */
export function shareVideo(item, at) {
  const sheet = new Sheet("Share");
  const link = el("div", {});
  const showLink = (/** @type {number} */ from) => link.replaceChildren(el("framecast-snippet", { title: "Link", wrap: true }, videoAddress(base.href, item.id, { at: from })));
  const begin = /** @type {HTMLInputElement} */ (el("input", { type: "checkbox", id: "share-begin" }));
  begin.addEventListener("change", () => showLink(begin.checked ? at : 0));
  showLink(0);
  const { element, frame } = embedCodes(base.href, item.id, item);
  const isOpen = item.visibility === "public" || item.visibility === "unlisted";
  const codes = [
    el("framecast-snippet", { title: "In a web page", wrap: true }, element),
    el("framecast-snippet", { title: "As a frame", wrap: true }, frame),
    el("p", { class: "hint" }, "Frames work in pages of this server and of the sites that its setting “origins” names."),
  ];
  sheet.finish("Done");
  sheet.open(
    el("p", { class: "hint" }, WHO[item.visibility] ?? ""),
    link,
    at >= 1 ? el("div", { class: "option yes" }, begin, el("label", { for: "share-begin" }, `Begin at ${placeWords(at)}`)) : null,
    ...(isOpen ? codes : [el("p", { class: "hint" }, "Other pages can show it when it is public or unlisted.")]),
  );
}
