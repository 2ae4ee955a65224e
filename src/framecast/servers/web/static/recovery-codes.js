// Recovery codes, which are shown once: a sheet with the codes, to copy or to save.

import { el, say } from "./dom.js";

/**
 * Show new codes until the person has kept them.
 * @param {string[]} codes none: nothing is shown
 * @returns {Promise<void>}
 */
export function showRecoveryCodes(codes) {
  if (!codes.length) return Promise.resolve();
  const status = el("p", { class: "hint", role: "status" });
  const copy = el("button", { class: "button", type: "button", onclick: () => void copied(codes, status) }, "Copy");
  const file = URL.createObjectURL(new Blob([`Recovery codes of Framecast at ${location.host}\n\n${codes.join("\n")}\n`], { type: "text/plain" }));
  const save = el("a", { class: "button", href: file, download: "framecast-recovery-codes.txt" }, "Save as a file");
  const dialog = /** @type {HTMLDialogElement} */ (
    el(
      "dialog",
      { class: "card sheet small", "aria-labelledby": "codes-title" },
      el(
        "form",
        { method: "dialog" },
        el("h2", { id: "codes-title" }, "Recovery codes"),
        el("p", {}, "Each of these codes signs you in once, if your app or passkey is lost. They are not shown again: keep them where you keep passwords."),
        el("ul", { class: "recovery-codes" }, ...codes.map((code) => el("li", {}, el("code", {}, code)))),
        el("div", { class: "sheet-actions" }, copy, save, el("button", { class: "button primary", value: "yes" }, "I have kept them")),
        status,
      ),
    )
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("cancel", (event) => event.preventDefault()); // Escape would lose them
    dialog.addEventListener("close", () => {
      URL.revokeObjectURL(file);
      dialog.remove();
      resolve();
    });
  });
}

/**
 * @param {string[]} codes
 * @param {HTMLElement} status
 */
async function copied(codes, status) {
  try {
    await navigator.clipboard.writeText(codes.join("\n"));
    say(status, "Copied.");
  } catch {
    say(status, "This browser does not let pages copy here: save them as a file.");
  }
}
