// The second step of a login: a passkey instead of a code, if the account has one for this name of the server.

import { address } from "./api.js";
import { HAS_PASSKEYS } from "./passkey.js";
import { passkeyButton } from "./passkey-button.js";

const place = document.getElementById("other-ways");

/** Whether the account has a passkey here; a second step that is over says no. */
async function asked() {
  const answer = await fetch(address("api/login/second"), { cache: "no-store" });
  return answer.ok ? /** @type {{has_app: boolean, has_passkey: boolean}} */ (await answer.json()) : { has_app: true, has_passkey: false };
}

const hint = document.getElementById("code-hint");
const { has_app, has_passkey } = await asked().catch(() => ({ has_app: true, has_passkey: false }));
if (hint && !has_app) hint.textContent = has_passkey ? "Use your passkey, or enter a recovery code." : "Enter a recovery code.";
if (place && HAS_PASSKEYS && has_passkey) place.replaceChildren(...passkeyButton("Use your passkey", true));
