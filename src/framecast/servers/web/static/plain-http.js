// The warning of a page that came over plain HTTP from another machine.

import { el } from "./dom.js";

/**
 * True if others on the way can read what is sent.
 * @param {{protocol: string, hostname: string}} place
 */
export function isExposed({ protocol, hostname }) {
  const name = hostname.replace(/^\[|\]$/g, "");
  return protocol === "http:" && name !== "localhost" && !name.endsWith(".localhost") && name !== "::1" && !/^127\.\d+\.\d+\.\d+$/.test(name);
}

/** Put the warning below the header, once. */
export function warn() {
  if (!isExposed(location) || document.querySelector(".exposed")) return;
  const words = "This connection is not encrypted: others in the network can read passwords and pictures. Set up HTTPS.";
  const note = el("p", { class: "exposed", role: "note" }, words);
  const header = document.querySelector("header.bar");
  if (header) header.after(note);
  else document.querySelector("main")?.prepend(note);
}
