// The button "Log out" in the header.

import { address, ask } from "./api.js";

/** Logging out makes sense only if the server has sessions. */
export async function showLogout() {
  try {
    const facts = await (await ask(address("api"))).json();
    const form = document.querySelector(".logout");
    if (form instanceof HTMLElement) form.hidden = facts.login !== true;
  } catch {
    // The list of streams shows what is wrong.
  }
}
