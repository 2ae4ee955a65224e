// The keyboard shortcuts of the wall, as a dialog.

import { el } from "./dom.js";

/** @type {[string[], string][]} */
const KEYS = [
  [["←", "→", "↑", "↓"], "Move between tiles"],
  [["Shift", "←", "→", "↑", "↓"], "Move the tile"],
  [["Enter"], "Show only this stream; again: open its page"],
  [["Esc"], "Show all streams"],
  [["m"], "Sound on or off"],
  [["s"], "Save a snapshot"],
  [["r"], "Record, or stop recording"],
  [["e"], "Edit the stream"],
  [["Delete"], "Remove the stream"],
  [["Page Up", "Page Down"], "Previous or next page"],
  [["/"], "Search"],
  [["f"], "Fullscreen"],
  [["?"], "Show these shortcuts"],
];

/** Open the dialog. */
export function showKeys() {
  const rows = KEYS.map(([keys, words]) => el("tr", {}, el("td", {}, ...keys.map((key) => el("kbd", {}, key))), el("td", {}, words)));
  const dialog = /** @type {HTMLDialogElement} */ (
    el(
      "dialog",
      { class: "card sheet small", "aria-labelledby": "keys-title" },
      el(
        "form",
        { method: "dialog" },
        el("h2", { id: "keys-title" }, "Keyboard shortcuts"),
        el("p", { class: "muted" }, "Those of a stream apply to the tile that has the focus (press Tab), or to the one that is shown alone."),
        el("table", { class: "keys" }, el("tbody", {}, ...rows)),
        el("div", { class: "sheet-actions" }, el("button", { class: "button", autofocus: true }, "Close")),
      ),
    )
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** Keys that work without a tile. */
const ANYWHERE = ["?", "/", "f", "m"];
/** Keys that belong to the stream that is shown alone. */
const OF_LARGE = ["Escape", "Enter", "s", "r", "e", "Delete"];

/**
 * The key of the wall that an event means, '' for none: a tile, a field, a dialog or a menu may have used it.
 * @param {KeyboardEvent} event
 * @param {{isLarge: boolean, hasPages: boolean}} view
 */
export function keyOf(event, { isLarge, hasPages }) {
  const { key, target } = event;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !(target instanceof Element)) return "";
  if (document.querySelector("dialog[open], :popover-open") || target.closest("input:not([type=radio]), textarea, select, [contenteditable]")) return "";
  if (key === "Escape") return isLarge && !document.fullscreenElement ? key : "";
  if (ANYWHERE.includes(key)) return key;
  if (hasPages && (key === "PageUp" || key === "PageDown")) return key;
  return isLarge && OF_LARGE.includes(key) && target === document.body ? key : "";
}
