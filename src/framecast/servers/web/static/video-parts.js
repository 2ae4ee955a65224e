// What belongs to a video beside its text: the poster, chosen where the player stands, and files of subtitles. For those who may edit it.

import { address, ask } from "./api.js";
import { el, say } from "./dom.js";
import { input, Field } from "./form-field.js";
import { send } from "./send.js";
import { Sheet } from "./sheet.js";
import { toast } from "./toast.js";
import { placeWords } from "./video-player.js";

/** @typedef {import("../video/item-words.js").Item} Item */

const MOST_BYTES = 1 << 20;

/** @param {string} id */
function videoPath(id) {
  return `api/videos/${encodeURIComponent(id)}`;
}

/**
 * Make the current picture the poster.
 * @param {Item} item
 * @param {number} at
 * @param {HTMLVideoElement} video shows it
 * @param {() => void} onDone
 */
export function choosePoster(item, at, video, onDone) {
  const sheet = new Sheet("Poster");
  const canvas = /** @type {HTMLCanvasElement} */ (el("canvas", { class: "poster-choice", role: "img", "aria-label": `The picture at ${placeWords(at)}` }));
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  if (canvas.width) canvas.getContext("2d")?.drawImage(video, 0, 0);
  sheet.submit("Use this picture", async () => {
    await send("PUT", `${videoPath(item.id)}/poster`, {}, { at_s: Math.round(at * 1000) / 1000 });
    sheet.close();
    toast("The poster is being made. It is there in a moment.");
    onDone();
  });
  const words = canvas.width ? `The picture at ${placeWords(at)} stands for the video in lists. For another one, go there in the player first.` : "Play the video first, and stop at the picture that you want.";
  sheet.open(el("p", { class: "hint" }, words), canvas.width ? canvas : null);
}

/**
 * The files of subtitles: those that are there, and one more.
 * @param {Item} item
 * @param {() => void} onDone
 */
export function editSubtitles(item, onDone) {
  const sheet = new Sheet("Subtitles");
  const file = /** @type {HTMLInputElement} */ (el("input", { type: "file", id: "subtitles-file", accept: ".vtt,.srt,text/vtt" }));
  const chosen = new Field("File", file, { hint: "WebVTT or SRT, at most 1 MB.", check: () => wrongFile(file.files?.[0]) });
  /** @type {Field} */
  const language = new Field("Language", input("subtitles-language", { maxlength: "35", placeholder: "de" }), { hint: "Its short name, such as de, en or pt-BR.", check: () => (/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(language.value) ? "" : `A language is named like de or pt-BR, got ${language.value || "nothing"}.`) });
  const label = new Field("Name in the menu", input("subtitles-label", { autocapitalize: "sentences", maxlength: "64", placeholder: "Deutsch" }));
  const list = el("div", { class: "subtitle-list" });
  const done = () => {
    sheet.close();
    onDone();
  };
  list.replaceChildren(...(item.media?.subtitles ?? []).map((one) => subtitleRow(item, one, (words) => sheet.fail(words), done)));
  file.addEventListener("change", () => !language.value && (language.value = languageOf(file.files?.[0]?.name ?? "")));
  sheet.submit("Add", async () => {
    if (![chosen.isValid(), language.isValid()].every(Boolean)) return;
    const query = { language: language.value, label: label.value || language.value };
    await ask(address(`${videoPath(item.id)}/subtitles`, query), { method: "PUT", headers: { "Content-Type": "text/vtt" }, body: file.files?.[0] });
    toast("The subtitles are added. They are in the player in a moment.");
    done();
  });
  sheet.open(list, chosen.element, language.element, label.element);
}

/**
 * @param {Item} item
 * @param {{language: string, label: string}} one
 * @param {(words: string) => void} onFailed
 * @param {() => void} onDone
 */
function subtitleRow(item, one, onFailed, onDone) {
  const remove = /** @type {HTMLButtonElement} */ (el("button", { class: "button", type: "button", "aria-label": `Remove ${one.label}` }, "Remove"));
  remove.addEventListener("click", async () => {
    remove.disabled = true;
    try {
      await send("DELETE", `${videoPath(item.id)}/subtitles`, { language: one.language, label: one.label });
      onDone();
    } catch (error) {
      remove.disabled = false;
      onFailed(error instanceof Error ? error.message : String(error));
    }
  });
  const words = el("span", {});
  say(words, one.label === one.language ? one.label : `${one.label} (${one.language})`);
  return el("div", { class: "subtitle-row" }, words, remove);
}

/** @param {File | undefined} file */
function wrongFile(file) {
  if (!file) return "Choose a file.";
  if (file.size > MOST_BYTES) return "A file of subtitles has at most 1 MB.";
  return /\.(vtt|srt)$/i.test(file.name) ? "" : `The file must be WebVTT (.vtt) or SRT (.srt), got ${file.name}.`;
}

/** film.pt-BR.srt is Portuguese of Brazil. @param {string} name */
function languageOf(name) {
  return /\.([a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\.\w+$/.exec(name)?.[1] ?? "";
}
