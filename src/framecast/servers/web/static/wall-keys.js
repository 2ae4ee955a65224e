// What the keys of the wall do, as a dialog.

import { el } from "./dom.js";

/** @type {[string[], string][]} */
const KEYS = [
  [["←", "→", "↑", "↓"], "from tile to tile"],
  [["Shift", "←", "→", "↑", "↓"], "put the tile elsewhere"],
  [["Enter"], "show it large, and all again"],
  [["Esc"], "all again"],
  [["m"], "its sound"],
  [["e"], "edit it"],
  [["Delete"], "remove it"],
  [["Page Up", "Page Down"], "other pages"],
  [["/"], "search"],
  [["f"], "fullscreen"],
  [["?"], "these keys"],
];

/** Show them. */
export function showKeys() {
  const rows = KEYS.map(([keys, words]) => el("tr", {}, el("td", {}, ...keys.map((key) => el("kbd", {}, key))), el("td", {}, words)));
  const dialog = /** @type {HTMLDialogElement} */ (
    el(
      "dialog",
      { class: "card sheet small", "aria-labelledby": "keys-title" },
      el(
        "form",
        { method: "dialog" },
        el("h2", { id: "keys-title" }, "Keys of the wall"),
        el("p", { class: "muted" }, "While a tile has the focus: Tab leads to it."),
        el("table", { class: "keys" }, el("tbody", {}, ...rows)),
        el("div", { class: "sheet-actions" }, el("button", { class: "button", autofocus: true }, "Close")),
      ),
    )
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
