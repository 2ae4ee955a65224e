// Dialogs of playlists: make one, change its title and visibility, add videos to one.

import { Choices } from "./choice.js";
import { el } from "./dom.js";
import { Field, input } from "./form-field.js";
import { get, send, wordsOf } from "./send.js";
import { Sheet } from "./sheet.js";
import { toast } from "./toast.js";
import { VISIBILITIES } from "./videos-texts.js";
import { countWords } from "./words.js";

/**
 * @typedef {import("./videos-texts.js").Video} Video
 *
 * @typedef {object} Playlist
 * @property {string} id
 * @property {string} title
 * @property {string} visibility
 * @property {{name: string, display_name: string} | null} owner
 * @property {boolean} is_mine
 * @property {boolean} may_edit
 * @property {number} count
 * @property {Video[]} [videos]
 */

const NEW = "new";

/** @param {string} id */
export function playlistPath(id) {
  return `api/playlists/${encodeURIComponent(id)}`;
}

/**
 * Make a playlist, or change one.
 * @param {Playlist | null} playlist null: a new one
 * @param {(playlist: Playlist) => void} onSaved
 */
export function editPlaylist(playlist, onSaved) {
  const sheet = new Sheet(playlist ? "Edit the playlist" : "New playlist");
  const title = titleField(playlist?.title ?? "");
  const visibility = new Choices("Who may see it", VISIBILITIES, { isOne: true, chosen: [playlist?.visibility ?? "private"] });
  sheet.submit(playlist ? "Save" : "Make the playlist", async () => {
    if (!title.isValid()) return title.control.focus();
    const wanted = { title: title.value, visibility: visibility.value };
    const saved = playlist ? await send("PATCH", playlistPath(playlist.id), {}, wanted) : await send("POST", "api/playlists", {}, wanted);
    sheet.close();
    onSaved(saved);
  });
  sheet.open(title.element, visibility.element, el("p", { class: "hint" }, "Of its videos, everybody sees those that they may see."));
}

/**
 * Add videos to a playlist that exists, or to a new one.
 * @param {Video[]} videos
 */
export async function addToPlaylist(videos) {
  /** @type {Playlist[]} */
  let known;
  try {
    known = (await get("api/playlists")).playlists.filter((/** @type {Playlist} */ one) => one.may_edit);
  } catch (error) {
    return toast(wordsOf(error));
  }
  const sheet = new Sheet(`Add ${videos.length === 1 ? `“${videos[0].title}”` : countWords(videos.length, "video", "videos")} to a playlist`);
  const title = titleField("");
  /** @type {[string, string, string][]} */
  const rows = known.map((one) => [one.id, one.title, countWords(one.count, "video", "videos")]);
  const choice = new Choices("Playlist", [...rows, [NEW, "A new playlist", ""]], { isOne: true, chosen: [known[0]?.id ?? NEW], onChange: () => (title.element.hidden = choice.value !== NEW) });
  title.element.hidden = choice.value !== NEW;
  sheet.submit("Add", async () => {
    if (choice.value === NEW && !title.isValid()) return title.control.focus();
    const added = choice.value === NEW ? await make(title.value, videos) : await append(choice.value, videos);
    sheet.close();
    toast(`Added to “${added.title}”.`);
  });
  sheet.open(choice.element, title.element);
}

/** @param {string} value */
function titleField(value) {
  /** @type {Field} */
  const title = new Field("Title", input("playlist-title", { autocapitalize: "sentences", maxlength: "200" }), { check: () => (title.value ? "" : "A playlist must have a title.") });
  title.value = value;
  return title;
}

/**
 * @param {string} title
 * @param {Video[]} videos
 * @returns {Promise<Playlist>}
 */
function make(title, videos) {
  return send("POST", "api/playlists", {}, { title, videos: videos.map((video) => video.id) });
}

/**
 * @param {string} id
 * @param {Video[]} videos those that it has already keep their places
 * @returns {Promise<Playlist>}
 */
async function append(id, videos) {
  const { videos: before = [] } = /** @type {Playlist} */ (await get(playlistPath(id)));
  const ids = new Set([...before, ...videos].map((video) => video.id));
  return send("PATCH", playlistPath(id), {}, { videos: [...ids] });
}
