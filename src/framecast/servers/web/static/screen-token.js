// The link for a screen on the wall carries its token in the fragment: a click, or Enter, signs it in.

/** Fill in the form for a token, if the address has one. */
export function fillToken() {
  const form = /** @type {HTMLFormElement | null} */ (document.querySelector(".by-token form"));
  if (!form || !location.hash.startsWith("#fct_")) return;
  const input = /** @type {HTMLInputElement} */ (form.querySelector("input[name=token]"));
  input.value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname + location.search);
  /** @type {HTMLDetailsElement} */ (form.closest("details")).open = true;
  form.querySelector("button")?.focus();
}
