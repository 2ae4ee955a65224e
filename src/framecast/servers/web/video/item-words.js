// What a player says instead of a picture, by the state of its video. Pure.

import { sentence } from "../player/words.js";

/**
 * @typedef {object} Chapter
 * @property {number} start_s
 * @property {string} title
 *
 * @typedef {object} Media the published files of a video
 * @property {string} generation
 * @property {string} base their address
 * @property {string} hls
 * @property {string} [download]
 * @property {string | null} [poster]
 * @property {import("./storyboard.js").Storyboard | null} [storyboard]
 * @property {{name: string, language: string, label: string}[]} [subtitles]
 * @property {Chapter[]} [chapters]
 * @property {{width: number, height: number}[]} [renditions]
 * @property {{name: string, count: number}[]} [data] tracks of detections
 * @property {boolean} [is_final]
 *
 * @typedef {object} Item a video as the server describes it
 * @property {string} id
 * @property {string} title
 * @property {string} description
 * @property {string[]} tags
 * @property {string} visibility
 * @property {"uploading" | "checking" | "processing" | "ready" | "failed"} state
 * @property {number | null} progress
 * @property {string | null} reason
 * @property {{name: string, display_name: string} | null} owner
 * @property {boolean} is_mine
 * @property {boolean} may_edit
 * @property {number} created_at
 * @property {number | null} published_at
 * @property {number | null} duration_s
 * @property {number | null} width
 * @property {number | null} height
 * @property {number | null} fps
 * @property {number | null} size
 * @property {number} views
 * @property {boolean} is_held
 * @property {number | null} deleted_at
 * @property {string} filename
 * @property {boolean} [is_recording]
 * @property {Media | null} media
 *
 * @typedef {{title: string, words: string, progress: number | null, isBusy: boolean, isBad: boolean}} Notice
 */

/** @param {Item} item */
export function isPlayable(item) {
  return item.media !== null && item.deleted_at === null;
}

/** What there is to say while a video cannot be played. @param {Item} item @returns {Notice} */
export function noticeOf(item) {
  const notice = { title: "", words: "", progress: null, isBusy: false, isBad: false };
  if (item.deleted_at !== null) return { ...notice, title: "Deleted", words: "This video is in the bin.", isBad: true };
  if (item.state === "failed") return { ...notice, title: "This video could not be published", words: sentence(item.reason ?? ""), isBad: true };
  if (item.is_held) return { ...notice, title: "Held", words: "An admin holds this video back until it has been looked at.", isBad: true };
  const busy = { ...notice, progress: item.progress, isBusy: true };
  if (item.state === "uploading") return { ...busy, title: "Uploading", words: "The video can be played a moment after its last byte has arrived." };
  if (item.state === "checking") return { ...busy, title: "Checking", words: "The file is being checked. This takes a few seconds." };
  return { ...busy, title: "Processing", words: "The video starts to be playable on this page by itself." };
}
