// What may be done with a video: the items of its menu, deleting with "Undo", changes of several at once.

import { address } from "./api.js";
import { el } from "./dom.js";
import { Choices } from "./choice.js";
import { addToPlaylist } from "./playlist-sheet.js";
import { send, wordsOf } from "./send.js";
import { Sheet } from "./sheet.js";
import { toast } from "./toast.js";
import { pageOf } from "./videos-card.js";
import { editVideo } from "./videos-edit.js";
import { VISIBILITIES } from "./videos-texts.js";
import { countWords } from "./words.js";

/**
 * @typedef {import("./videos-texts.js").Video} Video
 * @typedef {(videos: Video[]) => void} Changed
 */

/** The path of a video in the API. @param {Video} video */
export function pathOf(video) {
  return `api/videos/${encodeURIComponent(video.id)}`;
}

/**
 * @param {Video} video
 * @param {{isAdmin: boolean, isKnown: boolean, onSelect?: () => void, onChanged: Changed}} options `isKnown`: somebody is signed in, or the node is open
 * @returns {import("./menu.js").Item[]}
 */
export function itemsOf(video, { isAdmin, isKnown, onSelect, onChanged }) {
  const run = (/** @type {() => Promise<unknown>} */ act) => void attempt(act, () => onChanged([video]));
  const change = (/** @type {string} */ act) => () => run(() => send("POST", `${pathOf(video)}/${act}`));
  const isWorking = ["checking", "processing"].includes(video.state);
  return [
    ...(video.may_edit ? [{ words: "Edit …", run: () => editVideo(video, () => onChanged([video])) }] : []),
    ...(isKnown && video.media ? [{ words: "Add to a playlist …", run: () => void addToPlaylist([video]) }] : []),
    ...(video.may_edit && onSelect ? [{ words: "Select", run: onSelect }] : []),
    { words: "Copy the link", run: () => void copyLink(video) },
    ...(video.media?.download ? [{ words: "Download", href: address(`${pathOf(video)}/download`) }] : []),
    ...(video.is_mine && video.size && video.state !== "uploading" ? [{ words: "Download the original", href: address(`${pathOf(video)}/original`) }] : []),
    ...(video.may_edit && isWorking ? [{ words: "Stop processing", run: change("cancel") }] : []),
    ...(video.may_edit && video.size && video.state === "failed" ? [{ words: "Process again", run: change("retry") }] : []),
    ...(isKnown && !video.is_mine ? [{ words: "Report …", run: () => reportVideo(video) }] : []),
    ...(isAdmin ? [video.is_held ? { words: "Release", run: change("release") } : { words: "Hold", note: "Only its owner and admins see it then.", run: change("hold") }] : []),
    ...(video.may_edit ? [{ words: "Delete", isGrave: true, run: () => void deleteVideos([video], onChanged) }] : []),
  ];
}

/**
 * Do something; an error is shown at the lower edge of the page.
 * @param {() => Promise<unknown>} act
 * @param {() => void} [then]
 */
export async function attempt(act, then = () => {}) {
  try {
    await act();
    then();
  } catch (error) {
    toast(wordsOf(error));
  }
}

/** @param {Video} video */
async function copyLink(video) {
  const link = pageOf(video);
  try {
    await navigator.clipboard.writeText(link);
    toast("The link is copied.");
  } catch {
    // A page without https may not write to the clipboard.
    const sheet = new Sheet("Link");
    sheet.finish("Done");
    sheet.open(el("input", { readonly: true, value: link, "aria-label": "Link" }));
  }
}

/**
 * Delete; they are kept in the bin, and can come back for as long as the message stands.
 * @param {Video[]} videos
 * @param {Changed} onChanged
 */
export async function deleteVideos(videos, onChanged) {
  const gone = await each(videos, (video) => send("DELETE", pathOf(video)));
  if (gone.length === 0) return;
  onChanged(gone);
  const words = gone.length === 1 ? `“${gone[0].title}” is deleted.` : `${countWords(gone.length, "video is", "videos are")} deleted.`;
  toast(words, {
    words: "Undo",
    run: () => void each(gone, (video) => send("POST", `${pathOf(video)}/restore`)).then((back) => onChanged(back)),
  });
}

/**
 * Ask who may see these videos, and change it.
 * @param {Video[]} videos
 * @param {Changed} onChanged
 */
export function changeVisibility(videos, onChanged) {
  const sheet = new Sheet(`Who may see ${countWords(videos.length, "this video", "videos").replace(/^1 /, "")}?`);
  const choice = new Choices("Visibility", VISIBILITIES, { isOne: true, chosen: [videos.every((one) => one.visibility === videos[0].visibility) ? videos[0].visibility : ""] });
  sheet.submit("Save", async () => {
    if (!choice.value) throw new Error("Choose one.");
    onChanged(await each(videos, (video) => send("PATCH", pathOf(video), {}, { visibility: choice.value })));
    sheet.close();
  });
  sheet.open(choice.element);
}

/** @param {Video} video */
function reportVideo(video) {
  const sheet = new Sheet(`Report “${video.title}”`);
  const text = /** @type {HTMLTextAreaElement} */ (el("textarea", { rows: "4", maxlength: "2000", id: "report-text", required: true }));
  sheet.submit("Send", async () => {
    if (!text.value.trim()) throw new Error("Say what is wrong with it.");
    await send("POST", `${pathOf(video)}/report`, {}, { text: text.value.trim() });
    sheet.close();
    toast("Thank you. The admins have your report.");
  });
  sheet.open(el("div", { class: "row" }, el("label", { for: "report-text" }, "What is wrong with it?"), text, el("p", { class: "hint" }, "The admins of this server read it.")));
  text.focus();
}

/**
 * Do the same with each; the first error is shown, and stops no other.
 * @param {Video[]} videos
 * @param {(video: Video) => Promise<unknown>} act
 * @returns {Promise<Video[]>} those with which it was done
 */
async function each(videos, act) {
  const done = [];
  let wrong = "";
  for (const video of videos) {
    try {
      await act(video);
      done.push(video);
    } catch (error) {
      wrong ||= wordsOf(error);
    }
  }
  if (wrong) toast(videos.length === 1 ? wrong : `${countWords(videos.length - done.length, "video", "videos")} of ${videos.length} could not be changed. ${wrong}`);
  return done;
}
