// The keyboard shortcuts of the wall, as a dialog.

import { el } from "./dom.js";

/** @type {[string[], string][]} */
const KEYS = [
  [["←", "→", "↑", "↓"], "Move between tiles"],
  [["Shift", "←", "→", "↑", "↓"], "Move the tile"],
  [["Enter"], "Show only this stream, or all again"],
  [["Esc"], "Show all streams"],
  [["m"], "Sound on or off"],
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
        el("p", { class: "muted" }, "They apply while a tile has the focus. Press Tab to focus one."),
        el("table", { class: "keys" }, el("tbody", {}, ...rows)),
        el("div", { class: "sheet-actions" }, el("button", { class: "button", autofocus: true }, "Close")),
      ),
    )
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
