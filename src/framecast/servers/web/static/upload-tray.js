// Uploads on the other pages of the site: what the page before has left goes on here, in the same panel. The module who.js loads this if something was left.

import { address } from "./api.js";
import { el } from "./dom.js";
import { takeOver } from "./upload-handover.js";
import { VideosUpload } from "./videos-upload.js";

/** Go on with what was left. */
export async function goOn() {
  const left = await takeOver();
  if (!left.length) return;
  const style = el("link", { rel: "stylesheet", href: address("static/upload.css") });
  document.head.append(style);
  new VideosUpload().goOn(document.body, left);
}
