// The dialog that makes a token. Its secret is shown once, with a button that copies it.

import { base } from "./api.js";
import { Choices } from "./choice.js";
import { Field, input, select } from "./form-field.js";
import { get, send } from "./send.js";
import { Sheet, showOnce } from "./sheet.js";
import { wrongText } from "./stream-texts.js";
import { LIFETIMES, SCOPES, TOKEN_KINDS } from "./token-texts.js";

/**
 * @typedef {object} Wanted
 * @property {string} account its id; "" is the own one
 * @property {string} role
 * @property {string[]} [kinds] which kinds may be chosen
 * @property {string[]} [scopes] that are chosen at first
 * @property {string} [title]
 * @property {string} [label] the name at first
 */

/**
 * @param {Wanted} wanted
 * @returns {Promise<void>} when the dialog, and the one with the secret, are closed
 */
export async function makeToken({ account, role, kinds = ["api", "media"], scopes = ["watch", "read"], title = "New token", label = "" }) {
  const streams = Object.keys(await get("api/streams").catch(() => ({}))).sort();
  const sheet = new Sheet(title);
  /** @type {Field} */
  const name = new Field("Name", input("token-name", { placeholder: "Home Assistant", autocapitalize: "sentences" }), {
    hint: "What it is for, to find it again.",
    check: () => (name.value ? wrongText("Name", name.value) : "Enter what the token is for."),
  });
  /** @type {Field} */
  const kind = new Field("For", select("token-kind", kinds.map((one) => [one, TOKEN_KINDS[one]])));
  /** @type {Field} */
  const stream = new Field("Stream", select("token-stream", [["", "All that the account may see"], ...streams.map((one) => /** @type {[string, string]} */ ([one, one]))]), {
    hint: "A token for one stream opens nothing else.",
    check: () => (kind.value === "media" && stream.value === "" ? "A token for a player needs its stream." : ""),
  });
  const life = new Field("Works for", select("token-life", LIFETIMES));
  life.value = kinds[0] === "screen" ? "" : LIFETIMES[1][0];
  name.value = label;
  const rights = new Choices("It may", SCOPES.filter(([scope]) => scope !== "admin" || role === "admin"), { chosen: scopes });
  const follow = () => {
    // What stands in the address of a picture watches one stream, and nothing else.
    rights.element.hidden = kind.value !== "api";
    stream.fail("");
  };
  kind.control.addEventListener("change", follow);
  kind.element.hidden = kinds.length < 2;
  follow();
  /** @type {{name: string, secret: string} | null} */
  let made = null;
  sheet.submit("Make the token", async () => {
    const wrong = [name, stream].filter((field) => !field.isValid());
    if (wrong.length) return wrong[0].control.focus();
    const chosen = kind.value === "api" ? rights.values : kind.value === "screen" ? ["watch", "read"] : ["watch"];
    if (chosen.length === 0) return sheet.fail("Choose at least one thing that the token may do.");
    const body = { name: name.value, kind: kind.value, scopes: chosen, stream: stream.value || null, expires_s: life.value ? Number(life.value) : null };
    made = await send("POST", "api/tokens", account ? { account } : {}, body);
    sheet.close();
  });
  await new Promise((resolve) => {
    sheet.onClose = () => resolve(undefined);
    sheet.open(name.element, kind.element, stream.element, rights.element, life.element);
  });
  const done = /** @type {{name: string, secret: string} | null} */ (made);
  const link = `${base.href}login#${done?.secret}`;
  if (done && kind.value === "screen") await showOnce(`Link for ${done.name}`, "Open it once in the browser of the screen, and sign in with the token that it fills in. Then open the wall with “?kiosk=1”.", { label: "Link", secret: link });
  else if (done) await showOnce(`Token ${done.name}`, "Programs send it as “Authorization: Bearer TOKEN”; players as “?token=TOKEN” behind the address.", { label: "Token", secret: done.secret });
}
