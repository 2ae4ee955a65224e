// Files that are dropped anywhere on the page, also in folders; while they are over the page, it says what becomes of them.

import { el } from "./dom.js";
import { icon } from "./icons.js";

/** @typedef {{file: File, handle?: FileSystemFileHandle}} Dropped */

/** More files than this are not taken from a folder at once. */
const MOST = 1000;

/**
 * @param {HTMLElement} page where the overlay stands
 * @param {() => boolean} mayDrop
 * @param {(dropped: Dropped[]) => void} onDrop
 */
export function takeDrops(page, mayDrop, onDrop) {
  const veil = el("div", { class: "drop-veil", hidden: true }, el("div", {}, icon("upload"), el("strong", {}, "Drop videos to upload them"), el("span", {}, "As many as you like. Folders, too.")));
  page.append(veil);
  let depth = 0;
  const hide = () => {
    depth = 0;
    veil.hidden = true;
  };
  const isOurs = (/** @type {DragEvent} */ event) => Boolean(event.dataTransfer?.types.includes("Files")) && mayDrop() && !document.querySelector("dialog[open]");
  addEventListener("dragenter", (event) => {
    if (!isOurs(event)) return;
    event.preventDefault();
    depth += 1;
    veil.hidden = false;
  });
  addEventListener("dragleave", (event) => {
    if (isOurs(event) && --depth <= 0) hide();
  });
  addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault(); // otherwise the browser leaves the page and shows the file
    event.dataTransfer.dropEffect = isOurs(event) ? "copy" : "none";
  });
  addEventListener("drop", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    const isWanted = isOurs(event);
    hide();
    if (isWanted) void filesIn(event.dataTransfer).then(onDrop);
  });
  addEventListener("dragend", hide);
}

/**
 * The files of a drop. Its items are gone after the event: everything is asked of them before the first wait.
 * @param {DataTransfer} given
 * @returns {Promise<Dropped[]>}
 */
async function filesIn(given) {
  const items = [...given.items].filter((item) => item.kind === "file");
  const asked = items.map((item) => ({
    file: item.getAsFile(),
    entry: item.webkitGetAsEntry?.() ?? null,
    handle: "getAsFileSystemHandle" in item ? /** @type {any} */ (item).getAsFileSystemHandle().catch(() => null) : null,
  }));
  /** @type {Dropped[]} */
  const found = [];
  for (const { file, entry, handle } of asked) {
    if (entry?.isDirectory) await filesOf(/** @type {FileSystemDirectoryEntry} */ (entry), found);
    else if (file) found.push({ file, handle: fileHandle(await handle) });
  }
  return found;
}

/** @param {any} handle */
function fileHandle(handle) {
  return handle?.kind === "file" ? handle : undefined;
}

/**
 * @param {FileSystemDirectoryEntry} folder
 * @param {Dropped[]} found
 */
async function filesOf(folder, found) {
  const reader = folder.createReader();
  while (found.length < MOST) {
    /** @type {FileSystemEntry[]} */
    const entries = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)).catch(() => []);
    if (entries.length === 0) return;
    for (const entry of entries) {
      if (entry.name.startsWith(".") || found.length >= MOST) continue;
      if (entry.isDirectory) await filesOf(/** @type {FileSystemDirectoryEntry} */ (entry), found);
      else found.push({ file: await new Promise((resolve, reject) => /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject)) });
    }
  }
}
