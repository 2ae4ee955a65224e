// Other ways to sign in, below the form of the login page. The warning on plain HTTP is here too.

import { warn } from "./plain-http.js";

warn();

// The link for a screen on the wall carries its token in the fragment: a click, or Enter, signs it in.
const form = /** @type {HTMLFormElement | null} */ (document.querySelector(".by-token form"));
if (form && location.hash.startsWith("#fct_")) {
  const input = /** @type {HTMLInputElement} */ (form.querySelector("input[name=token]"));
  input.value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname + location.search);
  /** @type {HTMLDetailsElement} */ (form.closest("details")).open = true;
  form.querySelector("button")?.focus();
}
