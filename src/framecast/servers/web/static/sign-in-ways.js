// Other ways to sign in, below the form of the login page: a passkey, the provider. The warning on plain HTTP is here too.

import { address } from "./api.js";
import { el } from "./dom.js";
import { HAS_PASSKEYS } from "./passkey.js";
import { passkeyButton, wantedPage } from "./passkey-button.js";
import { warn } from "./plain-http.js";
import { fillToken } from "./screen-token.js";
import { get } from "./send.js";

/** @param {HTMLElement} place */
async function fill(place) {
  const ways = /** @type {{passkeys: string, provider: string}} */ (await get("api/login"));
  const canUsePasskeys = HAS_PASSKEYS && ways.passkeys === "";
  const provider = ways.provider && el("a", { class: "button", href: address("login/oidc", { next: wantedPage() }) }, `Sign in with ${ways.provider}`);
  if (!canUsePasskeys && !provider) return;
  place.replaceChildren(el("p", { class: "muted or" }, "or"), ...(canUsePasskeys ? passkeyButton("Sign in with a passkey", false) : []), ...(provider ? [provider] : []));
}

const place = document.getElementById("other-ways");
// Without them people sign in by name and password.
if (place) fill(place).catch(() => place.replaceChildren());
warn();
fillToken();
