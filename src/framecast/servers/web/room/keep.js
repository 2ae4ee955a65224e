// What a browser keeps: the name of a guest for good, drafts and what is unsent for this tab. Pages that may keep nothing work without.

/** @param {"local" | "session"} where */
function storage(where) {
  return where === "local" ? localStorage : sessionStorage;
}

/** @param {"local" | "session"} where @param {string} name @returns {string} "" if nothing is kept */
export function kept(where, name) {
  try {
    return storage(where).getItem(`framecast-room-${name}`) ?? "";
  } catch {
    return "";
  }
}

/** @param {"local" | "session"} where @param {string} name @param {string} text "" takes it away */
export function keep(where, name, text) {
  try {
    if (text) storage(where).setItem(`framecast-room-${name}`, text);
    else storage(where).removeItem(`framecast-room-${name}`);
  } catch {
    // The page may not keep anything, or the browser is full.
  }
}

/** The secret of a guest on a page of another site, where the cookie of the server does not come along: who has it is that guest. */
export function guestSecret() {
  const known = kept("local", "guest") || guestOfPage;
  const secret = /^[\w-]{32}$/.test(known) ? known : btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(24)))).replaceAll("+", "-").replaceAll("/", "_");
  keep("local", "guest", secret);
  guestOfPage = secret;
  return secret;
}

/** For a page that may keep nothing: for as long as it is open. */
let guestOfPage = "";

/** An id that no other message of this browser has; also on pages that are not secure. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
