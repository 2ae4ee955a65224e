// The page of an invitation to a room. The token stands in the fragment, which browsers send to no server.

import { el } from "./dom.js";

const form = /** @type {HTMLFormElement} */ (document.querySelector("form.entry"));
const token = location.hash.slice(1);
history.replaceState(null, "", location.pathname);
if (!token) form.append(el("p", { class: "error", role: "alert" }, "This address is no invitation: open the whole link that you were given."));
